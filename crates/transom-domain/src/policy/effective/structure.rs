//! Structural conflicts (P6): one policy sets or deletes a node that another has settings below. The strongest wins the
//! subtree.

use super::{Conflict, ConflictKind, Group, Part, SEPARATOR, Setting, identity, overruled};
use std::collections::BTreeMap;

/// Takes out what loses its place in the tree, and reports it. Groups come sorted, so that everything below a node
/// directly follows it: where no neighbours are related, nothing is.
pub(super) fn settle<'a>(groups: &mut Vec<Group<'a>>) -> Vec<Conflict<'a>> {
    let is_config = |group: &Group<'a>| group.first().is_some_and(|(_, s)| s.part == Part::Config);
    let end = groups.partition_point(is_config);
    let mut pairs = groups[..end].windows(2);
    if !pairs.any(|pair| is_below(identity(&pair[1]), identity(&pair[0]))) {
        return Vec::new();
    }
    let mut candidates: Vec<(usize, &'a Setting)> = groups[..end].iter().flatten().copied().collect();
    candidates.sort_by(|(a, x), (b, y)| (a, &x.identity).cmp(&(b, &y.identity)));
    // Identity → who holds the node.
    let mut held: BTreeMap<&'a str, (usize, &'a Setting)> = BTreeMap::new();
    let mut conflicts: BTreeMap<&'a str, Conflict<'a>> = BTreeMap::new();
    let mut lost: Vec<(usize, &'a str)> = Vec::new();
    for (rank, setting) in candidates {
        let node = setting.identity.as_str();
        if held.contains_key(node) {
            continue;
        }
        match rival(&held, node, rank) {
            Some((winner, stronger)) => {
                lost.push((rank, node));
                let conflict = conflicts.entry(stronger.identity.as_str()).or_insert_with(|| Conflict {
                    part: Part::Config,
                    key: stronger.key.as_str(),
                    kind: ConflictKind::Structural,
                    winner,
                    value: &stronger.value,
                    losers: Vec::new(),
                });
                conflict.losers.push(overruled(&(rank, setting)));
            }
            None => {
                held.insert(node, (rank, setting));
            }
        }
    }
    lost.sort_unstable();
    for group in &mut groups[..end] {
        let node = identity(group);
        group.retain(|(rank, _)| lost.binary_search(&(*rank, node)).is_err());
    }
    groups.retain(|group| !group.is_empty());
    conflicts.into_values().collect()
}

/// The setting of another policy that holds a node above or below this one.
fn rival<'a>(
    held: &BTreeMap<&'a str, (usize, &'a Setting)>,
    node: &'a str,
    rank: usize,
) -> Option<(usize, &'a Setting)> {
    let above = node
        .match_indices(SEPARATOR)
        .filter_map(|(at, _)| held.get(&node[..at]));
    let below = held.range(node..).map(|(_, holder)| holder);
    let below = below.take_while(|(_, setting)| setting.identity.starts_with(node));
    let below = below.filter(|(_, setting)| is_below(&setting.identity, node));
    above.chain(below).find(|(other, _)| *other != rank).copied()
}

/// Whether a node lies below another.
fn is_below(node: &str, above: &str) -> bool {
    node.strip_prefix(above).is_some_and(|rest| rest.starts_with(SEPARATOR))
}
