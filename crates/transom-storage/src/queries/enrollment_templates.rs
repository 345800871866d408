//! Queries over enrolment templates.

use super::{Connection, Database, devices::page::containing, unit::UnitOfWork};
use crate::{
    fault::{Fault, missing},
    rows::{
        Place,
        devices::key,
        enrollment_templates::{EnrollmentTemplateRow, TemplateFields, named},
    },
    schema::{devices, enrollment_template_policies, enrollment_template_segments, enrollment_templates},
    sealing::Sealer,
};
use diesel::{dsl::count_star, prelude::*};
use transom_domain::{
    EnrollmentTemplateId, OrganizationId, PolicyId,
    device::DeviceState,
    enrollment_template::{EnrollmentTemplate, TemplateQuery, TemplateSort},
    page::Page,
    ports::{EnrollmentTemplates, EnrollmentTemplatesMut, StoreError},
    segment::SegmentScope,
};

/// The templates that a query means, in no order.
fn filtered(query: &TemplateQuery) -> enrollment_templates::BoxedQuery<'_, Database> {
    let mut found = enrollment_templates::table
        .filter(enrollment_templates::organization_id.eq(query.organization.to_string()))
        .into_boxed();
    if let SegmentScope::Only(segments) = &query.scope {
        let segments: Vec<i64> = segments.iter().map(|s| s.0.into()).collect();
        found = found.filter(enrollment_templates::segment_id.eq_any(segments));
    }
    if let Some(name) = &query.name {
        found = found.filter(enrollment_templates::name_key.like(containing(&key(name))).escape('\\'));
    }
    found
}

/// The same, sorted; equal ones by id.
fn sorted(query: &TemplateQuery) -> enrollment_templates::BoxedQuery<'_, Database> {
    macro_rules! by {
        ($column:ident) => {
            if query.descending {
                filtered(query).order((
                    enrollment_templates::$column.desc(),
                    enrollment_templates::id.desc(),
                ))
            } else {
                filtered(query).order((
                    enrollment_templates::$column.asc(),
                    enrollment_templates::id.asc(),
                ))
            }
        };
    }
    match query.sort {
        TemplateSort::CreatedAt => by!(created_at),
        TemplateSort::UpdatedAt => by!(updated_at),
        TemplateSort::Name => by!(name_key),
    }
}

/// Stores what a template names, in place of what it named before.
fn save_named(connection: &mut Connection, template: &EnrollmentTemplate) -> Result<(), Fault> {
    forget_named(connection, template.id)?;
    let (policies, segments) = named(template);
    if !policies.is_empty() {
        diesel::insert_into(enrollment_template_policies::table)
            .values(policies)
            .execute(connection)?;
    }
    diesel::insert_into(enrollment_template_segments::table)
        .values(segments)
        .execute(connection)?;
    Ok(())
}

fn forget_named(connection: &mut Connection, id: EnrollmentTemplateId) -> Result<(), Fault> {
    let id = id.to_string();
    let policies = enrollment_template_policies::template_id.eq(&id);
    diesel::delete(enrollment_template_policies::table.filter(policies)).execute(connection)?;
    let segments = enrollment_template_segments::template_id.eq(&id);
    diesel::delete(enrollment_template_segments::table.filter(segments)).execute(connection)?;
    Ok(())
}

fn changed_one(rows: usize, id: EnrollmentTemplateId) -> Result<(), Fault> {
    if rows == 0 {
        return Err(missing("enrollment_templates", &id));
    }
    Ok(())
}

impl UnitOfWork<'_> {
    /// What seals a template's secret, if it has one.
    fn template_sealer(&mut self, template: &EnrollmentTemplate) -> Result<Option<Sealer>, StoreError> {
        template.mobility_app.is_some().then(|| self.sealer()).transpose()
    }
}

impl EnrollmentTemplates for UnitOfWork<'_> {
    fn enrollment_template(
        &mut self,
        organization: OrganizationId,
        id: EnrollmentTemplateId,
    ) -> Result<Option<EnrollmentTemplate>, StoreError> {
        let keyring = self.keyring;
        self.run("enrolment template", |connection| {
            let row = enrollment_templates::table
                .find(id.to_string())
                .filter(enrollment_templates::organization_id.eq(organization.to_string()))
                .select(EnrollmentTemplateRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(|row| row.open(keyring)).transpose()?)
        })
    }

    fn enrollment_template_by_name(
        &mut self,
        organization: OrganizationId,
        name: &str,
    ) -> Result<Option<EnrollmentTemplate>, StoreError> {
        let keyring = self.keyring;
        self.run("enrolment template by name", |connection| {
            let row = enrollment_templates::table
                .filter(enrollment_templates::organization_id.eq(organization.to_string()))
                .filter(enrollment_templates::name_key.eq(key(name)))
                .select(EnrollmentTemplateRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(|row| row.open(keyring)).transpose()?)
        })
    }

    fn enrollment_template_count(&mut self, organization: OrganizationId) -> Result<u64, StoreError> {
        self.run("enrolment template count", |connection| {
            let count: i64 = enrollment_templates::table
                .filter(enrollment_templates::organization_id.eq(organization.to_string()))
                .count()
                .get_result(connection)?;
            Ok(count.unsigned_abs())
        })
    }

    fn enrollment_template_page(&mut self, query: &TemplateQuery) -> Result<Page<EnrollmentTemplate>, StoreError> {
        let keyring = self.keyring;
        self.run_long("enrolment template page", |connection| {
            let total: i64 = filtered(query).count().get_result(connection)?;
            let rows = sorted(query)
                .offset(query.page.offset())
                .limit(query.page.limit().into())
                .select(EnrollmentTemplateRow::as_select())
                .load(connection)?;
            Ok(Page {
                items: rows
                    .into_iter()
                    .map(|row| row.open(keyring))
                    .collect::<Result<_, _>>()?,
                total: total.unsigned_abs(),
                request: query.page,
            })
        })
    }

    fn enrollment_templates_of_policy(&mut self, policy: PolicyId) -> Result<Vec<EnrollmentTemplate>, StoreError> {
        let keyring = self.keyring;
        self.run_long("enrolment templates of policy", |connection| {
            let naming = enrollment_template_policies::table
                .filter(enrollment_template_policies::policy_id.eq(policy.to_string()))
                .select(enrollment_template_policies::template_id);
            let rows = enrollment_templates::table
                .filter(enrollment_templates::id.eq_any(naming))
                .order(enrollment_templates::id)
                .select(EnrollmentTemplateRow::as_select())
                .load(connection)?;
            Ok(rows
                .into_iter()
                .map(|row| row.open(keyring))
                .collect::<Result<_, _>>()?)
        })
    }

    fn enrollment_template_devices(
        &mut self,
        ids: &[EnrollmentTemplateId],
    ) -> Result<Vec<(EnrollmentTemplateId, u64)>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.run_long("devices of enrolment templates", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows: Vec<(Option<String>, i64)> = devices::table
                .filter(devices::enrollment_template_id.eq_any(ids))
                .filter(devices::state.ne(DeviceState::Deleted.as_str()))
                .group_by(devices::enrollment_template_id)
                .select((devices::enrollment_template_id, count_star()))
                .load(connection)?;
            let read = |(id, count): (Option<String>, i64)| {
                let id = id.unwrap_or_default();
                let at = Place::new("devices", &id);
                let id = at.fit("enrollment_template_id", EnrollmentTemplateId::parse(&id).ok())?;
                Ok::<_, StoreError>((id, count.unsigned_abs()))
            };
            Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
        })
    }

    fn enrollment_template_names(
        &mut self,
        organization: OrganizationId,
        ids: &[EnrollmentTemplateId],
    ) -> Result<Vec<(EnrollmentTemplateId, String)>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.run_long("names of enrolment templates", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows: Vec<(String, String)> = enrollment_templates::table
                .filter(enrollment_templates::id.eq_any(ids))
                .filter(enrollment_templates::organization_id.eq(organization.to_string()))
                .order(enrollment_templates::id)
                .select((enrollment_templates::id, enrollment_templates::name))
                .load(connection)?;
            let read = |(id, name): (String, String)| {
                let at = Place::new("enrollment_templates", &id);
                Ok::<_, StoreError>((at.fit("id", EnrollmentTemplateId::parse(&id).ok())?, name))
            };
            Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
        })
    }
}

impl EnrollmentTemplatesMut for UnitOfWork<'_> {
    fn insert_enrollment_template(&mut self, template: &EnrollmentTemplate) -> Result<(), StoreError> {
        let sealer = self.template_sealer(template)?;
        self.run("insert enrolment template", |connection| {
            diesel::insert_into(enrollment_templates::table)
                .values(EnrollmentTemplateRow::seal(template, sealer.as_ref())?)
                .execute(connection)?;
            save_named(connection, template)
        })
    }

    fn lock_enrollment_template(
        &mut self,
        organization: OrganizationId,
        id: EnrollmentTemplateId,
    ) -> Result<Option<EnrollmentTemplate>, StoreError> {
        let keyring = self.keyring;
        self.run("lock enrolment template", |connection| {
            let row = locking!(
                enrollment_templates::table
                    .find(id.to_string())
                    .filter(enrollment_templates::organization_id.eq(organization.to_string()))
                    .select(EnrollmentTemplateRow::as_select())
            )
            .first(connection)
            .optional()?;
            Ok(row.map(|row| row.open(keyring)).transpose()?)
        })
    }

    fn update_enrollment_template(&mut self, template: &EnrollmentTemplate) -> Result<(), StoreError> {
        let sealer = self.template_sealer(template)?;
        self.run("update enrolment template", |connection| {
            let fields = TemplateFields::seal(template, sealer.as_ref())?;
            let changed = diesel::update(enrollment_templates::table.find(template.id.to_string()))
                .set(&fields)
                .execute(connection)?;
            changed_one(changed, template.id)?;
            save_named(connection, template)
        })
    }

    fn delete_enrollment_template(&mut self, id: EnrollmentTemplateId) -> Result<(), StoreError> {
        self.run("delete enrolment template", |connection| {
            forget_named(connection, id)?;
            let removed = diesel::delete(enrollment_templates::table.find(id.to_string())).execute(connection)?;
            changed_one(removed, id)
        })
    }

    fn count_enrollment_template(&mut self, id: EnrollmentTemplateId) -> Result<u32, StoreError> {
        self.run("count enrolment template", |connection| {
            // The update locks the row, so the number that is read after it is this unit's own.
            let changed = diesel::update(enrollment_templates::table.find(id.to_string()))
                .set(enrollment_templates::counter.eq(enrollment_templates::counter + 1))
                .execute(connection)?;
            changed_one(changed, id)?;
            let counter: i64 = enrollment_templates::table
                .find(id.to_string())
                .select(enrollment_templates::counter)
                .first(connection)?;
            let id = id.to_string();
            Ok(Place::new("enrollment_templates", &id).number("counter", counter)?)
        })
    }
}
