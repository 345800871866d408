//! For crates that implement or use the ports: the contract suite.
