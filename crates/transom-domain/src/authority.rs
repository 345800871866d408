//! What a token may do, and where (B.8): the union over the roles of its service account of the role's actions in the
//! role's segments, as far as the token itself allows them. Each permission has a scope of its own.

use crate::{
    api_token::ApiToken,
    permission::{Grant, ORGANIZATION_WIDE, PermissionSet},
    role::SegmentRole,
    segment::{Segment, SegmentId, SegmentScope},
    service_account::{Assignment, RoleName, ServiceAccount},
};

/// What somebody may do, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// Actions in scopes; what any of them allows is allowed.
    holdings: Vec<(PermissionSet, SegmentScope)>,
    /// Nothing beyond this.
    limit: (PermissionSet, SegmentScope),
}

impl Authority {
    /// Everything, everywhere: of somebody at the command line.
    #[must_use]
    pub fn everything() -> Self {
        let all = (PermissionSet::everything(), SegmentScope::All);
        Self {
            holdings: vec![all.clone()],
            limit: all,
        }
    }

    /// That of a service account, in an organization with these roles and segments. A role that is not among `roles`
    /// grants nothing.
    #[must_use]
    pub fn of_account(account: &ServiceAccount, roles: &[SegmentRole], segments: &[Segment]) -> Self {
        let holdings = account.assignments.iter().map(|assignment| {
            (
                granted(assignment, roles),
                SegmentScope::below(&assignment.segments, segments),
            )
        });
        Self {
            holdings: holdings.collect(),
            limit: (PermissionSet::everything(), SegmentScope::All),
        }
    }

    /// That of one of the account's tokens.
    #[must_use]
    pub fn of_token(token: &ApiToken, account: &ServiceAccount, roles: &[SegmentRole], segments: &[Segment]) -> Self {
        Self {
            limit: (
                token.permissions.clone(),
                SegmentScope::below(&token.segments, segments),
            ),
            ..Self::of_account(account, roles, segments)
        }
    }

    /// What a token was granted, in words: the same for two moments exactly when nobody changed it between them. Segments
    /// stand there as they were named, not with what lies below: a segment that is made or moved changes no grant.
    #[must_use]
    pub fn wording(token: &ApiToken, account: &ServiceAccount, roles: &[SegmentRole]) -> String {
        let line = |actions: &PermissionSet, segments: &[SegmentId]| {
            let segments: Vec<String> = segments.iter().map(ToString::to_string).collect();
            format!("{} in {}\n", actions.texts().join(","), segments.join(","))
        };
        let assignments = account.assignments.iter();
        let held = assignments.map(|a| line(&granted(a, roles), &a.segments));
        held.chain([line(&token.permissions, &token.segments)]).collect()
    }

    /// Where `permission` is held; none where it is held nowhere.
    ///
    /// Of [`ORGANIZATION_WIDE`] permissions the answer is everywhere or none.
    #[must_use]
    pub fn scope(&self, permission: &str) -> Option<SegmentScope> {
        let scope = self.held(permission)?;
        (scope == SegmentScope::All || !ORGANIZATION_WIDE.contains(&permission)).then_some(scope)
    }

    /// Where a permission, or everything that a grant covers, is held.
    fn held(&self, permission: &str) -> Option<SegmentScope> {
        if !self.limit.0.allows(permission) {
            return None;
        }
        let of = self.holdings.iter().filter(|(actions, _)| actions.allows(permission));
        let union = of.map(|(_, scope)| scope.clone()).reduce(|a, b| a.union(&b))?;
        Some(union.intersection(&self.limit.1)).filter(|scope| !scope.is_empty())
    }

    /// Where anything at all is held.
    #[must_use]
    pub fn reach(&self) -> SegmentScope {
        let scopes = self.holdings.iter().map(|(_, scope)| scope.clone());
        let union = scopes.reduce(|a, b| a.union(&b));
        union.map_or(SegmentScope::nothing(), |scope| scope.intersection(&self.limit.1))
    }

    /// The first of `actions` that is not held in all of `scope`: who lacks it may not give it to others.
    #[must_use]
    pub fn lacking(&self, actions: &PermissionSet, scope: &SegmentScope) -> Option<String> {
        let is_held = |grant: &&Grant| self.held(grant.as_str()).is_some_and(|held| scope.is_within(&held));
        actions.0.iter().find(|grant| !is_held(grant)).map(ToString::to_string)
    }

    /// The first thing that `other` may do and this one may not.
    #[must_use]
    pub fn first_excess(&self, other: &Self) -> Option<String> {
        other.holdings.iter().find_map(|(actions, scope)| {
            let common = actions
                .0
                .iter()
                .flat_map(|action| other.limit.0.0.iter().filter_map(|limit| action.common(limit)));
            let actions = PermissionSet(common.cloned().collect());
            let scope = scope.intersection(&other.limit.1);
            if scope.is_empty() {
                return None;
            }
            self.lacking(&actions, &scope)
        })
    }
}

/// The actions of an assignment.
fn granted(assignment: &Assignment, roles: &[SegmentRole]) -> PermissionSet {
    match &assignment.role {
        RoleName::BuiltIn(role) => role.actions(),
        RoleName::Own(id) => {
            let role = roles.iter().find(|role| role.id == *id);
            role.map(|role| role.actions.clone()).unwrap_or_default()
        }
        RoleName::None(actions) => actions.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Timestamp, role::BuiltInRole};
    use std::collections::BTreeSet;

    fn tree() -> Vec<Segment> {
        let mut tree = vec![Segment::root([0; 12].into(), Timestamp::from_millis(0))];
        for (id, parent) in [(1, 0), (2, 1), (3, 0)] {
            let mut segment = tree[0].clone();
            (segment.id, segment.parent) = (SegmentId(id), Some(SegmentId(parent)));
            tree.push(segment);
        }
        tree
    }

    fn actions(texts: &[&str]) -> PermissionSet {
        PermissionSet(texts.iter().map(|t| Grant::parse(t).unwrap()).collect())
    }

    fn authority(assignments: &[(RoleName, &[u32])]) -> Authority {
        let account = ServiceAccount {
            id: [1; 12].into(),
            organization: [0; 12].into(),
            name: "tests".to_owned(),
            description: None,
            assignments: assignments
                .iter()
                .map(|(role, segments)| Assignment {
                    role: role.clone(),
                    segments: segments.iter().copied().map(SegmentId).collect(),
                })
                .collect(),
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
        };
        Authority::of_account(&account, &[], &tree())
    }

    fn only(segments: &[u32]) -> Option<SegmentScope> {
        Some(SegmentScope::Only(segments.iter().copied().map(SegmentId).collect()))
    }

    #[test]
    fn each_permission_has_the_segments_of_the_roles_that_grant_it() {
        let viewer = RoleName::BuiltIn(BuiltInRole::Viewer);
        let admin = RoleName::BuiltIn(BuiltInRole::Admin);
        let both = authority(&[(viewer, &[]), (admin, &[1])]);
        assert_eq!(both.scope("mdm.windows.device.get"), Some(SegmentScope::All));
        assert_eq!(both.scope("mdm.windows.device.update"), only(&[1, 2]));
        assert_eq!(
            both.scope("base.organization.segmentRole.update"),
            None,
            "not in a part"
        );
        assert_eq!(
            both.scope("base.organization.segmentRole.list"),
            Some(SegmentScope::All)
        );
        assert_eq!(authority(&[]).scope("mdm.windows.device.get"), None);
        assert_eq!(authority(&[]).reach(), SegmentScope::nothing());
    }

    #[test]
    fn a_token_takes_away_and_never_adds() {
        let mut limited = authority(&[(RoleName::BuiltIn(BuiltInRole::Developer), &[1])]);
        limited.limit = (
            actions(&["mdm.windows.*"]),
            SegmentScope::Only(BTreeSet::from([SegmentId(2), SegmentId(3)])),
        );
        assert_eq!(limited.scope("mdm.windows.device.get"), only(&[2]));
        assert_eq!(limited.scope("mdm.windows.device.update"), None);
        assert_eq!(limited.scope("base.organization.segment.list"), None);
        limited.limit.1 = SegmentScope::Only(BTreeSet::from([SegmentId(3)]));
        assert_eq!(limited.scope("mdm.windows.device.get"), None, "no segment in common");
    }

    #[test]
    fn nobody_gives_what_they_do_not_have() {
        let windows = authority(&[(RoleName::None(actions(&["mdm.windows.*"])), &[1])]);
        let give = |texts: &[&str], segments: &[u32]| {
            windows.first_excess(&authority(&[(RoleName::None(actions(texts)), segments)]))
        };
        assert_eq!(give(&["mdm.windows.device.get"], &[1]), None);
        assert_eq!(give(&["mdm.windows.*"], &[2]), None);
        assert_eq!(give(&["mdm.windows.device.get", "*"], &[1]).as_deref(), Some("*"));
        assert_eq!(
            give(&["mdm.windows.device.get"], &[]).as_deref(),
            Some("mdm.windows.device.get")
        );
        assert_eq!(
            give(&["mdm.windows.device.get"], &[3]).as_deref(),
            Some("mdm.windows.device.get")
        );
        assert_eq!(give(&["*.get"], &[1]).as_deref(), Some("*.get"));
        assert_eq!(Authority::everything().first_excess(&windows), None);
    }

    #[test]
    fn a_limited_token_of_a_strong_account_gives_little() {
        let mut limited = Authority::everything();
        limited.limit.0 = actions(&["mdm.windows.device.get"]);
        let reader = authority(&[(RoleName::None(actions(&["mdm.windows.device.get"])), &[])]);
        assert_eq!(reader.first_excess(&limited), None);
        assert_eq!(limited.first_excess(&Authority::everything()).as_deref(), Some("*"));
    }
}
