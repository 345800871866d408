//! Statements that are planned for the values they come with.

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

/// A statement that the database plans each time, for its values. PostgreSQL would otherwise settle, after some runs of a
/// prepared statement, for one plan for a tag of ten devices and for one of all; a list costs more than its plan does.
pub(super) struct Planned<Q>(pub(super) Q);

impl<Q: Query> Query for Planned<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for Planned<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, C> RunQueryDsl<C> for Planned<Q> {}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Planned<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.unsafe_to_cache_prepared();
        self.0.walk_ast(pass)
    }
}
