//! Every error of the rules as an error of the API, each variant by name.

use super::{ApiError, InvalidCode};
use transom_domain::{
    command::{cancel::CancelError, enqueue::EnqueueError},
    device::update::Violation,
    device::{delete::DeleteDeviceError, find::FindDeviceError, refresh::RefreshError, update::UpdateDeviceError},
    policy::{PolicyError, PolicyUses},
    ports::StoreError,
    segment::CreateSegmentError,
};

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            // A conflict that outlived the store's own retries: the same request may well succeed a moment later.
            StoreError::Busy | StoreError::Conflict(_) | StoreError::Unavailable(_) => Self::Busy,
            StoreError::Duplicate(_) | StoreError::Inconsistent(_) | StoreError::Failed(_) => Self::internal(error),
        }
    }
}

impl From<FindDeviceError> for ApiError {
    fn from(error: FindDeviceError) -> Self {
        match error {
            FindDeviceError::Unknown => Self::NotFound,
            FindDeviceError::Ambiguous(ids) => Self::Ambiguous(ids),
            FindDeviceError::Store(error) => error.into(),
        }
    }
}

impl From<UpdateDeviceError> for ApiError {
    fn from(error: UpdateDeviceError) -> Self {
        match error {
            UpdateDeviceError::Invalid(violations) => Self::Invalid {
                code: InvalidCode::Data,
                violations,
            },
            UpdateDeviceError::UnknownReference { path, id } => Self::UnknownReference { path, id },
            UpdateDeviceError::Unknown => Self::NotFound,
            UpdateDeviceError::Store(error) => error.into(),
        }
    }
}

impl From<DeleteDeviceError> for ApiError {
    fn from(error: DeleteDeviceError) -> Self {
        match error {
            DeleteDeviceError::Unknown => Self::NotFound,
            DeleteDeviceError::Store(error) => error.into(),
        }
    }
}

impl From<RefreshError> for ApiError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Unknown => Self::NotFound,
            RefreshError::NotActive(state) => Self::NotActive(state),
            RefreshError::Store(error) => error.into(),
        }
    }
}

impl From<EnqueueError> for ApiError {
    fn from(error: EnqueueError) -> Self {
        match error {
            EnqueueError::Unknown => Self::NotFound,
            EnqueueError::NotActive(state) => Self::NotActive(state),
            EnqueueError::QueueFull { .. } => Self::LimitExceeded(error.to_string()),
            EnqueueError::Store(error) => error.into(),
        }
    }
}

impl From<CancelError> for ApiError {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::Unknown => Self::NotFound,
            CancelError::NothingPending => Self::NothingPending,
            CancelError::Store(error) => error.into(),
        }
    }
}

impl From<PolicyError> for ApiError {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::Invalid(violations) => Self::Invalid {
                code: InvalidCode::Input,
                violations,
            },
            PolicyError::UnknownReference { path, id } => Self::UnknownReference { path, id },
            PolicyError::Unknown | PolicyError::NotOwn => Self::NotFound,
            PolicyError::InUse(uses) => Self::PolicyInUse(uses),
            PolicyError::Store(error) => error.into(),
        }
    }
}

impl From<CreateSegmentError> for ApiError {
    fn from(error: CreateSegmentError) -> Self {
        match error {
            CreateSegmentError::Field { field, error } => Self::invalid(InvalidCode::Input, field, "text", error),
            CreateSegmentError::UnknownParent => Self::UnknownReference {
                path: "parentId".to_owned(),
                id: "the parent segment".to_owned(),
            },
            CreateSegmentError::LimitExceeded => Self::LimitExceeded(error.to_string()),
            CreateSegmentError::Store(error) => error.into(),
        }
    }
}

/// Who names a policy.
pub(super) fn in_use(uses: &PolicyUses) -> Vec<Violation> {
    let message = format!(
        "{} assignments, {} automation rules, {} enrolment templates and {} enrolment tokens name it{}; ?detach=true \
         removes the rules and takes it from the others",
        uses.assignments,
        uses.rule_count,
        uses.template_count,
        uses.tokens,
        if uses.is_default { ", and it is the default" } else { "" }
    );
    let mut all = vec![Violation::new("winPolicyId", "in_use", message)];
    if uses.is_default {
        let message = "it is the organization's default policy";
        all.push(Violation::new("winPolicyId", "default", message));
    }
    all.extend(uses.rules.iter().map(|rule| {
        let message = format!("automation rule {} ({})", rule.id, rule.name);
        Violation::new("winPolicyId", "enforced", message)
    }));
    all.extend(
        uses.templates
            .iter()
            .map(|(id, name)| Violation::new("winPolicyId", "named", format!("enrolment template {id} ({name})"))),
    );
    all.extend(uses.assignees.iter().map(|a| {
        let message = format!("device {} ({}), {}", a.device, a.display_name, a.slot.as_str());
        Violation::new("winPolicyId", "assigned", message)
    }));
    all
}
