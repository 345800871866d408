//! A store in which no enrolment template speaks for anybody: what the session machine needs beside its own.

use crate::store::Memory;
use transom_domain::{
    DeviceId, EnrollmentTemplateId, EnrollmentTokenId, OrganizationId, PolicyId, Timestamp, UserId,
    default_config::{DefaultConfig, DefaultKind},
    enrollment_template::{EnrollmentTemplate, TemplateQuery},
    enrollment_token::{EnrollmentToken, EnrollmentTokenQuery},
    page::{Page, PageRequest},
    policy::{Assignee, Assignment, EffectiveState, Policy, PolicyQuery, PolicyVersion},
    ports::{
        DefaultConfigs, EnrollmentTemplates, EnrollmentTemplatesMut, EnrollmentTokens, Policies, PoliciesMut,
        SegmentUses, Segments, StoreError, UserQuery, Users,
    },
    secret::SecretHash,
    segment::{Segment, SegmentId},
    user::{Email, User},
};

fn unasked<T>() -> Result<T, StoreError> {
    Err(StoreError::Failed(
        "the session machine does not ask for this".to_owned(),
    ))
}

impl EnrollmentTemplates for Memory {
    fn enrollment_template(
        &mut self,
        _: OrganizationId,
        _: EnrollmentTemplateId,
    ) -> Result<Option<EnrollmentTemplate>, StoreError> {
        Ok(None)
    }

    fn enrollment_template_by_name(
        &mut self,
        _: OrganizationId,
        _: &str,
    ) -> Result<Option<EnrollmentTemplate>, StoreError> {
        unasked()
    }

    fn enrollment_template_count(&mut self, _: OrganizationId) -> Result<u64, StoreError> {
        unasked()
    }

    fn enrollment_template_page(&mut self, _: &TemplateQuery) -> Result<Page<EnrollmentTemplate>, StoreError> {
        unasked()
    }

    fn enrollment_templates_of_policy(&mut self, _: PolicyId) -> Result<Vec<EnrollmentTemplate>, StoreError> {
        unasked()
    }

    fn enrollment_template_devices(
        &mut self,
        _: &[EnrollmentTemplateId],
    ) -> Result<Vec<(EnrollmentTemplateId, u64)>, StoreError> {
        unasked()
    }

    fn enrollment_template_names(
        &mut self,
        _: OrganizationId,
        _: &[EnrollmentTemplateId],
    ) -> Result<Vec<(EnrollmentTemplateId, String)>, StoreError> {
        unasked()
    }
}

impl EnrollmentTemplatesMut for Memory {
    fn insert_enrollment_template(&mut self, _: &EnrollmentTemplate) -> Result<(), StoreError> {
        unasked()
    }

    fn lock_enrollment_template(
        &mut self,
        _: OrganizationId,
        _: EnrollmentTemplateId,
    ) -> Result<Option<EnrollmentTemplate>, StoreError> {
        unasked()
    }

    fn update_enrollment_template(&mut self, _: &EnrollmentTemplate) -> Result<(), StoreError> {
        unasked()
    }

    fn delete_enrollment_template(&mut self, _: EnrollmentTemplateId) -> Result<(), StoreError> {
        unasked()
    }

    fn count_enrollment_template(&mut self, _: EnrollmentTemplateId) -> Result<u32, StoreError> {
        unasked()
    }
}

impl DefaultConfigs for Memory {
    fn default_config(&mut self, _: OrganizationId, _: DefaultKind) -> Result<Option<DefaultConfig>, StoreError> {
        Ok(None)
    }

    fn default_configs(&mut self, _: OrganizationId) -> Result<Vec<DefaultConfig>, StoreError> {
        unasked()
    }
}

impl EnrollmentTokens for Memory {
    fn enrollment_token_by_hash(&mut self, _: &SecretHash) -> Result<Option<EnrollmentToken>, StoreError> {
        unasked()
    }

    fn enrollment_token(
        &mut self,
        _: OrganizationId,
        _: EnrollmentTokenId,
    ) -> Result<Option<EnrollmentToken>, StoreError> {
        Ok(None)
    }

    fn enrollment_token_page(&mut self, _: &EnrollmentTokenQuery) -> Result<Page<EnrollmentToken>, StoreError> {
        unasked()
    }

    fn enrollment_tokens_of_policy(&mut self, _: PolicyId, _: Timestamp) -> Result<Vec<EnrollmentToken>, StoreError> {
        unasked()
    }
}

impl Segments for Memory {
    fn segment(&mut self, _: OrganizationId, _: SegmentId) -> Result<Option<Segment>, StoreError> {
        Ok(None)
    }

    fn segments(&mut self, _: OrganizationId) -> Result<Vec<Segment>, StoreError> {
        Ok(Vec::new())
    }

    fn last_segment_number(&mut self, _: OrganizationId) -> Result<SegmentId, StoreError> {
        unasked()
    }

    fn segment_uses(&mut self, _: OrganizationId, _: SegmentId, _: Timestamp) -> Result<SegmentUses, StoreError> {
        unasked()
    }
}

impl Users for Memory {
    fn user(&mut self, _: OrganizationId, _: UserId) -> Result<Option<User>, StoreError> {
        Ok(None)
    }

    fn user_by_email(&mut self, _: OrganizationId, _: &Email) -> Result<Option<User>, StoreError> {
        unreachable!("the e-mail is not asked for")
    }
    fn user_to_sign_in(&mut self, _: &Email) -> Result<Option<User>, StoreError> {
        unasked()
    }

    fn users_by_id(&mut self, _: OrganizationId, _: &[UserId]) -> Result<Vec<User>, StoreError> {
        Ok(Vec::new())
    }

    fn user_page(&mut self, _: &UserQuery) -> Result<Page<User>, StoreError> {
        unasked()
    }

    fn user_devices(&mut self, _: &[UserId]) -> Result<Vec<(UserId, SegmentId, u64)>, StoreError> {
        unasked()
    }
}

impl Policies for Memory {
    fn policy(&mut self, _: OrganizationId, _: PolicyId) -> Result<Option<Policy>, StoreError> {
        unasked()
    }

    fn policies_by_id(&mut self, _: OrganizationId, _: &[PolicyId]) -> Result<Vec<Policy>, StoreError> {
        unasked()
    }

    fn policy_page(&mut self, _: &PolicyQuery) -> Result<Page<PolicyId>, StoreError> {
        unasked()
    }

    fn policy_version(&mut self, _: PolicyId, _: u32) -> Result<Option<PolicyVersion>, StoreError> {
        unasked()
    }

    fn policy_version_page(&mut self, _: PolicyId, _: bool, _: PageRequest) -> Result<Page<u32>, StoreError> {
        unasked()
    }

    fn assignments_of(&mut self, _: &[DeviceId]) -> Result<Vec<(DeviceId, Assignment)>, StoreError> {
        unasked()
    }

    fn policy_assignees(&mut self, _: PolicyId, _: u32) -> Result<(Vec<Assignee>, u64), StoreError> {
        unasked()
    }

    fn effective_states(&mut self, _: &[DeviceId]) -> Result<Vec<(DeviceId, EffectiveState)>, StoreError> {
        unasked()
    }
}

impl PoliciesMut for Memory {
    fn insert_policy(&mut self, _: &Policy) -> Result<(), StoreError> {
        unasked()
    }

    fn lock_policy(&mut self, _: PolicyId) -> Result<Option<Policy>, StoreError> {
        unasked()
    }

    fn update_policy(&mut self, _: &Policy) -> Result<(), StoreError> {
        unasked()
    }

    fn delete_policy(&mut self, _: PolicyId) -> Result<(), StoreError> {
        unasked()
    }

    fn append_policy_version(&mut self, _: &PolicyVersion) -> Result<(), StoreError> {
        unasked()
    }

    fn save_assignments(&mut self, _: DeviceId, _: &[Assignment]) -> Result<(), StoreError> {
        unasked()
    }

    fn detach_policy(&mut self, _: PolicyId, _: Timestamp) -> Result<Vec<DeviceId>, StoreError> {
        unasked()
    }

    fn save_effective_state(&mut self, _: DeviceId, _: &EffectiveState) -> Result<(), StoreError> {
        unasked()
    }
}
