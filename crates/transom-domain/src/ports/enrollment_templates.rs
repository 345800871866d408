//! The roles over enrolment templates.

use super::StoreError;
use crate::{
    EnrollmentTemplateId, OrganizationId, PolicyId,
    enrollment_template::{EnrollmentTemplate, TemplateQuery},
    page::Page,
};

/// Looks at enrolment templates.
pub trait EnrollmentTemplates {
    /// The template of that id in an organization.
    fn enrollment_template(
        &mut self,
        organization: OrganizationId,
        id: EnrollmentTemplateId,
    ) -> Result<Option<EnrollmentTemplate>, StoreError>;

    /// The template with that name, compared without case.
    fn enrollment_template_by_name(
        &mut self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<Option<EnrollmentTemplate>, StoreError>;

    /// How many templates an organization has.
    fn enrollment_template_count(&mut self, organization: OrganizationId) -> Result<u64, StoreError>;

    /// One page of the templates that a query means.
    fn enrollment_template_page(&mut self, query: &TemplateQuery) -> Result<Page<EnrollmentTemplate>, StoreError>;

    /// The templates whose rules name a policy, by id.
    fn enrollment_templates_of_policy(&mut self, policy: PolicyId) -> Result<Vec<EnrollmentTemplate>, StoreError>;

    /// How many devices that are not deleted were enrolled by each of those templates; none of one without any.
    fn enrollment_template_devices(
        &mut self,
        ids: &[EnrollmentTemplateId],
    ) -> Result<Vec<(EnrollmentTemplateId, u64)>, StoreError>;

    /// The names of those of these templates that there are, by id.
    fn enrollment_template_names(
        &mut self,
        organization: OrganizationId,
        ids: &[EnrollmentTemplateId],
    ) -> Result<Vec<(EnrollmentTemplateId, String)>, StoreError>;
}

/// Changes enrolment templates.
pub trait EnrollmentTemplatesMut: EnrollmentTemplates {
    /// Stores a new template; its token is there.
    fn insert_enrollment_template(&mut self, template: &EnrollmentTemplate) -> Result<(), StoreError>;

    /// Locks a template until the unit ends and reads it.
    fn lock_enrollment_template(
        &mut self,
        organization: OrganizationId,
        id: EnrollmentTemplateId,
    ) -> Result<Option<EnrollmentTemplate>, StoreError>;

    /// Stores every field of a template but its number, which must exist.
    fn update_enrollment_template(&mut self, template: &EnrollmentTemplate) -> Result<(), StoreError>;

    /// Removes a template. Its token and its devices stay.
    fn delete_enrollment_template(&mut self, id: EnrollmentTemplateId) -> Result<(), StoreError>;

    /// Takes the template's next number, from 1: no two units get the same.
    fn count_enrollment_template(&mut self, id: EnrollmentTemplateId) -> Result<u32, StoreError>;
}
