//! Rows of `enrollment_templates` and of what templates name.

use super::{Place, devices::key};
use crate::{
    schema::{enrollment_template_policies, enrollment_template_segments, enrollment_templates},
    sealing::{CLIENT_SECRET, Keyring, Sealer},
};
use diesel::prelude::*;
use serde_json::json;
use transom_domain::{
    EnrollmentTemplateId, EnrollmentTokenId, OrganizationId, Timestamp,
    enrollment_template::{EnrollmentTemplate, MobilityApp},
    ports::StoreError,
    secret::Secret,
    segment::SegmentId,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = enrollment_templates, treat_none_as_default_value = false)]
pub(crate) struct EnrollmentTemplateRow {
    pub(crate) id: String,
    organization_id: String,
    counter: i64,
    #[diesel(embed)]
    fields: TemplateFields,
}

/// What an update writes: everything that may change but the number, which is counted by itself.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = enrollment_templates, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct TemplateFields {
    segment_id: i64,
    name: String,
    name_key: String,
    description: Option<String>,
    rules: String,
    auxiliary_fields: String,
    login_providers: String,
    allow_auto_continue: bool,
    tenant_id: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    token_id: String,
    created_at: i64,
    updated_at: i64,
}

impl TemplateFields {
    /// The fields of a template, its secret sealed. A template without a secret needs no sealer.
    pub(crate) fn seal(template: &EnrollmentTemplate, sealer: Option<&Sealer>) -> Result<Self, StoreError> {
        let app = template.mobility_app.as_ref();
        let id = template.id.to_string();
        let sealed = |app: &MobilityApp| match sealer {
            Some(sealer) => sealer.seal(CLIENT_SECRET, &id, app.secret.reveal()),
            None => Err(StoreError::Failed(
                "a client secret came without what seals it".to_owned(),
            )),
        };
        Ok(Self {
            segment_id: template.segment.0.into(),
            name_key: key(&template.name),
            name: template.name.clone(),
            description: template.description.clone(),
            rules: json!(template.rules).to_string(),
            auxiliary_fields: json!(template.auxiliary_fields).to_string(),
            login_providers: json!(template.login_providers).to_string(),
            allow_auto_continue: template.allow_auto_continue,
            tenant_id: app.map(|a| a.tenant.clone()),
            client_id: app.map(|a| a.client.clone()),
            client_secret: app.map(sealed).transpose()?,
            token_id: template.token.to_string(),
            created_at: template.created_at.as_millis(),
            updated_at: template.updated_at.as_millis(),
        })
    }
}

impl EnrollmentTemplateRow {
    /// The row of a new template.
    pub(crate) fn seal(template: &EnrollmentTemplate, sealer: Option<&Sealer>) -> Result<Self, StoreError> {
        Ok(Self {
            id: template.id.to_string(),
            organization_id: template.organization.to_string(),
            counter: template.counter.into(),
            fields: TemplateFields::seal(template, sealer)?,
        })
    }

    /// The template of the row, its secret in clear.
    pub(crate) fn open(self, keyring: &Keyring) -> Result<EnrollmentTemplate, StoreError> {
        let (id, fields) = (self.id, self.fields);
        let at = Place::new("enrollment_templates", &id);
        let mobility_app = match (fields.tenant_id, fields.client_id, fields.client_secret) {
            (Some(tenant), Some(client), Some(sealed)) => Some(MobilityApp {
                tenant,
                client,
                secret: Secret::presented(&keyring.open(CLIENT_SECRET, &id, &sealed)?),
            }),
            _ => None,
        };
        Ok(EnrollmentTemplate {
            id: at.fit("id", EnrollmentTemplateId::parse(&id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&self.organization_id).ok())?,
            segment: SegmentId(at.number("segment_id", fields.segment_id)?),
            name: fields.name,
            description: fields.description,
            rules: at.json("rules", &fields.rules)?,
            auxiliary_fields: at.json("auxiliary_fields", &fields.auxiliary_fields)?,
            login_providers: at.json("login_providers", &fields.login_providers)?,
            allow_auto_continue: fields.allow_auto_continue,
            mobility_app,
            token: at.fit("token_id", EnrollmentTokenId::parse(&fields.token_id).ok())?,
            counter: at.number("counter", self.counter)?,
            created_at: Timestamp::from_millis(fields.created_at),
            updated_at: Timestamp::from_millis(fields.updated_at),
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = enrollment_template_policies)]
pub(crate) struct NamedPolicyRow {
    template_id: String,
    policy_id: String,
}

#[derive(Insertable)]
#[diesel(table_name = enrollment_template_segments)]
pub(crate) struct NamedSegmentRow {
    template_id: String,
    organization_id: String,
    segment_id: i64,
}

/// What a template names.
pub(crate) fn named(template: &EnrollmentTemplate) -> (Vec<NamedPolicyRow>, Vec<NamedSegmentRow>) {
    let policies = template.policies().into_iter().map(|policy| NamedPolicyRow {
        template_id: template.id.to_string(),
        policy_id: policy.to_string(),
    });
    let segments = template.segments().into_iter().map(|segment| NamedSegmentRow {
        template_id: template.id.to_string(),
        organization_id: template.organization.to_string(),
        segment_id: segment.0.into(),
    });
    (policies.collect(), segments.collect())
}
