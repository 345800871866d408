//! The tables as Diesel sees them, the same for both databases. `migrations/` is where they are made.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    organizations (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        enterprise_id -> Text,
        created_at -> BigInt,
    }
}

table! {
    segments (organization_id, id) {
        organization_id -> Text,
        id -> BigInt,
        name -> Text,
        parent_id -> Nullable<BigInt>,
        icon -> Nullable<Text>,
        color -> Nullable<Text>,
        created_at -> BigInt,
    }
}

table! {
    users (id) {
        id -> Text,
        organization_id -> Text,
        email -> Text,
        name -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        created_at -> BigInt,
        name_key -> Nullable<Text>,
        language -> Nullable<Text>,
        metadata -> Text,
        updated_at -> BigInt,
        removed_at -> Nullable<BigInt>,
    }
}

table! {
    api_tokens (id) {
        id -> Text,
        organization_id -> Text,
        service_account_id -> Text,
        name -> Text,
        hash -> Text,
        permissions -> Text,
        segments -> Text,
        addresses -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
    }
}

table! {
    enrollment_tokens (id) {
        id -> Text,
        organization_id -> Text,
        segment_id -> BigInt,
        user_id -> Nullable<Text>,
        hash -> Text,
        uses_max -> BigInt,
        uses -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        places -> Bool,
        sealed_value -> Nullable<Text>,
        template_id -> Nullable<Text>,
        display_name -> Nullable<Text>,
        tags -> Text,
        primary_policy_id -> Nullable<Text>,
        assignments -> Text,
        language -> Nullable<Text>,
        email_text -> Nullable<Text>,
        updated_at -> BigInt,
    }
}

table! {
    devices (id) {
        id -> Text,
        organization_id -> Text,
        segment_id -> BigInt,
        user_id -> Nullable<Text>,
        display_name -> Text,
        display_name_key -> Text,
        win_id -> Text,
        win_id_key -> Text,
        state -> Text,
        computer_name -> Nullable<Text>,
        computer_name_key -> Nullable<Text>,
        os_version -> Nullable<Text>,
        os_version_name -> Nullable<Text>,
        serial_number -> Nullable<Text>,
        serial_number_key -> Nullable<Text>,
        imei -> Nullable<Text>,
        imei_key -> Nullable<Text>,
        battery -> Nullable<Text>,
        manufacturer -> Nullable<Text>,
        manufacturer_key -> Nullable<Text>,
        model -> Nullable<Text>,
        model_key -> Nullable<Text>,
        custom_config -> Text,
        refresh_needed -> Text,
        possible_duplicate_of -> Nullable<Text>,
        last_status_report -> Nullable<BigInt>,
        enrolled_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        enrollment_template_id -> Nullable<Text>,
        enrollment_state -> Nullable<Text>,
    }
}

table! {
    device_tags (device_id, position) {
        device_id -> Text,
        position -> BigInt,
        tag -> Text,
        tag_key -> Text,
    }
}

table! {
    device_reports (device_id) {
        device_id -> Text,
        config -> Text,
        dates -> Text,
    }
}

table! {
    device_state_changes (sequence) {
        sequence -> BigInt,
        device_id -> Text,
        state -> Text,
        entered_at -> BigInt,
        reason -> Text,
        actor -> Nullable<Text>,
        request_id -> Nullable<Text>,
    }
}

table! {
    enrollments (id) {
        id -> Text,
        organization_id -> Text,
        device_id -> Text,
        state -> Text,
        win_id -> Text,
        fingerprint -> Text,
        not_before -> BigInt,
        not_after -> BigInt,
        dev_info_hash -> Nullable<Text>,
        configured -> Bool,
        refused -> BigInt,
        created_at -> BigInt,
        kind -> Text,
        hw_dev_id -> Nullable<Text>,
        user_id -> Nullable<Text>,
        token_id -> Nullable<Text>,
        thumbprint -> Text,
        serial -> Text,
        credential_name -> Text,
        credential_digest -> Text,
        nonce -> Binary,
        previous_nonce -> Nullable<Binary>,
        server_secret -> Text,
        server_nonce -> Binary,
        facts -> Text,
        placement -> Nullable<Text>,
    }
}

table! {
    sessions (enrollment_id) {
        enrollment_id -> Text,
        session_id -> Text,
        is_open -> Bool,
        msg_id -> BigInt,
        body_hash -> Binary,
        updated_at -> BigInt,
        state -> Text,
        reply -> Text,
    }
}

table! {
    command_batches (sequence) {
        sequence -> BigInt,
        id -> Text,
        organization_id -> Text,
        device_id -> Text,
        user_id -> Nullable<Text>,
        name -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    commands (sequence) {
        sequence -> BigInt,
        id -> Text,
        batch_id -> Text,
        device_id -> Text,
        path -> Text,
        action -> Text,
        value -> Nullable<Text>,
        format -> Text,
        state -> Text,
        not_before -> Nullable<BigInt>,
        code -> Nullable<BigInt>,
        status -> Nullable<Text>,
        received_at -> Nullable<BigInt>,
        canceled_at -> Nullable<BigInt>,
        unanswered -> BigInt,
        retries -> BigInt,
        sent_at -> Nullable<BigInt>,
        expires_at -> BigInt,
        updated_at -> BigInt,
        data -> Text,
    }
}

table! {
    audit_entries (sequence) {
        sequence -> BigInt,
        id -> Text,
        organization_id -> Text,
        happened_at -> BigInt,
        action -> Text,
        actor_kind -> Text,
        actor_id -> Nullable<Text>,
        actor_name -> Text,
        target_kind -> Nullable<Text>,
        target_id -> Nullable<Text>,
        segment_id -> Nullable<BigInt>,
        permission -> Nullable<Text>,
        route -> Nullable<Text>,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        refused_code -> Nullable<BigInt>,
        refused_reason -> Nullable<Text>,
        value_before -> Nullable<Text>,
        value_after -> Nullable<Text>,
    }
}

table! {
    idempotency_keys (sequence) {
        sequence -> BigInt,
        organization_id -> Text,
        token_id -> Text,
        idempotency_key -> Text,
        request_hash -> Binary,
        used_at -> BigInt,
        expires_at -> BigInt,
        answer -> Nullable<Binary>,
    }
}

table! {
    policies (id) {
        id -> Text,
        organization_id -> Text,
        segment_id -> BigInt,
        name -> Text,
        name_key -> Text,
        expose_to_children -> Bool,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        content -> Text,
    }
}

table! {
    policy_versions (policy_id, version) {
        policy_id -> Text,
        version -> BigInt,
        name -> Text,
        segment_id -> BigInt,
        expose_to_children -> Bool,
        created_by -> Text,
        created_at -> BigInt,
        content -> Text,
    }
}

table! {
    device_policy_assignments (device_id, position) {
        device_id -> Text,
        position -> BigInt,
        slot -> Text,
        policy_id -> Text,
        priority -> BigInt,
    }
}

table! {
    user_tags (user_id, position) {
        user_id -> Text,
        position -> BigInt,
        tag -> Text,
        tag_key -> Text,
    }
}

table! {
    device_effective_policies (device_id) {
        device_id -> Text,
        hash -> Text,
        version -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    segment_numbers (organization_id) {
        organization_id -> Text,
        last -> BigInt,
    }
}

table! {
    segment_roles (id) {
        id -> Text,
        organization_id -> Text,
        name -> Text,
        slug -> Text,
        actions -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    service_accounts (id) {
        id -> Text,
        organization_id -> Text,
        name -> Text,
        description -> Nullable<Text>,
        assignments -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    device_audiences (id) {
        id -> Text,
        organization_id -> Text,
        segment_id -> BigInt,
        name -> Text,
        description -> Nullable<Text>,
        expose_to_children -> Bool,
        selectors -> Text,
        exclude -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    automation_rules (id) {
        id -> Text,
        organization_id -> Text,
        segment_id -> BigInt,
        name -> Text,
        description -> Nullable<Text>,
        enabled -> Bool,
        audiences -> Text,
        policy_id -> Nullable<Text>,
        priority -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        removed_at -> Nullable<BigInt>,
    }
}

table! {
    rule_enforcements (device_id, rule_id) {
        device_id -> Text,
        rule_id -> Text,
        audiences -> Text,
        since -> BigInt,
    }
}

table! {
    rule_flips (device_id, rule_id) {
        device_id -> Text,
        rule_id -> Text,
        times -> Text,
        held -> Bool,
        last_at -> BigInt,
        kind -> Text,
    }
}

table! {
    rule_work (organization_id, kind, subject) {
        organization_id -> Text,
        kind -> Text,
        subject -> Text,
        after_device -> Nullable<Text>,
        until_device -> Nullable<Text>,
        wrapped -> Bool,
        differences -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    enrollment_templates (id) {
        id -> Text,
        organization_id -> Text,
        segment_id -> BigInt,
        name -> Text,
        name_key -> Text,
        description -> Nullable<Text>,
        rules -> Text,
        auxiliary_fields -> Text,
        login_providers -> Text,
        allow_auto_continue -> Bool,
        tenant_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        client_secret -> Nullable<Text>,
        token_id -> Text,
        counter -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    enrollment_template_policies (template_id, policy_id) {
        template_id -> Text,
        policy_id -> Text,
    }
}

table! {
    enrollment_template_segments (template_id, segment_id) {
        template_id -> Text,
        organization_id -> Text,
        segment_id -> BigInt,
    }
}

table! {
    enrollment_token_policies (token_id, policy_id) {
        token_id -> Text,
        policy_id -> Text,
    }
}

table! {
    default_configs (id) {
        id -> Text,
        organization_id -> Text,
        kind -> Text,
        template_id -> Nullable<Text>,
        policy_id -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    sealing_keys (id) {
        id -> Text,
    }
}

table! {
    applications (id) {
        id -> Text,
        organization_id -> Text,
        segment_id -> BigInt,
        name -> Text,
        name_key -> Text,
        description -> Nullable<Text>,
        kind -> Text,
        win_store_id -> Nullable<Text>,
        win_store_id_key -> Nullable<Text>,
        mdm_asset_id -> Nullable<Text>,
        filter -> Nullable<Text>,
        expose_to_children -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    scripts (id) {
        id -> Text,
        organization_id -> Text,
        segment_id -> BigInt,
        name -> Text,
        name_key -> Text,
        description -> Nullable<Text>,
        runner -> Text,
        context -> Text,
        timeout_seconds -> BigInt,
        expose_to_children -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
        content -> Text,
        file_name -> Nullable<Text>,
        enforce_signature_check -> Bool,
        run_as_32_bit -> Bool,
    }
}

table! {
    device_scripts (device_id, position) {
        device_id -> Text,
        position -> BigInt,
        script_id -> Text,
        kind -> Text,
        loop_time -> Nullable<BigInt>,
        reset_date -> Nullable<Text>,
        arguments -> Nullable<Text>,
        scope -> Nullable<Text>,
    }
}

table! {
    script_assignments (script_id) {
        script_id -> Text,
        organization_id -> Text,
        targets -> Text,
        updated_at -> BigInt,
    }
}

table! {
    script_runs (device_id, script_id) {
        device_id -> Text,
        script_id -> Text,
        state -> Text,
        updated_at -> BigInt,
    }
}

table! {
    policy_references (policy_id, kind, reference_id) {
        policy_id -> Text,
        kind -> Text,
        reference_id -> Text,
    }
}

table! {
    smart_attributes (id) {
        id -> Text,
        organization_id -> Text,
        name -> Text,
        name_key -> Text,
        description -> Nullable<Text>,
        input -> Text,
        source -> Text,
        output -> Text,
        detail -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    device_smart_values (device_id, position) {
        device_id -> Text,
        position -> BigInt,
        attribute_id -> Text,
        value -> Text,
    }
}

table! {
    user_smart_values (user_id, position) {
        user_id -> Text,
        position -> BigInt,
        attribute_id -> Text,
        value -> Text,
    }
}

table! {
    assets (id) {
        id -> Text,
        organization_id -> Text,
        segment_id -> BigInt,
        kind -> Text,
        name -> Text,
        name_key -> Text,
        description -> Nullable<Text>,
        expose_to_children -> Bool,
        file_id -> Text,
        file_name -> Text,
        file_name_key -> Text,
        size -> BigInt,
        sha256 -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    admx_configs (id) {
        id -> Text,
        organization_id -> Text,
        segment_id -> BigInt,
        app_name -> Text,
        app_name_key -> Text,
        setting_type -> Text,
        file_name -> Text,
        file_name_key -> Text,
        description -> Nullable<Text>,
        description_key -> Nullable<Text>,
        expose_to_children -> Bool,
        sha256 -> Text,
        size -> BigInt,
        has_language -> Bool,
        definitions -> BigInt,
        warnings -> Text,
        warning_count -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    admx_sources (config_id) {
        config_id -> Text,
        admx -> Text,
        adml -> Nullable<Text>,
    }
}

table! {
    admx_definitions (config_id, position) {
        config_id -> Text,
        position -> BigInt,
        class -> Text,
        search_key -> Text,
        content -> Text,
    }
}

table! {
    managed_device_facts (id) {
        id -> Text,
        organization_id -> Text,
        stored -> Text,
        asserted -> Text,
        secrets -> Nullable<Text>,
        is_asserted -> Bool,
        updated_at -> BigInt,
    }
}

table! {
    server_keys (id) {
        id -> Text,
        key -> Text,
        created_at -> BigInt,
    }
}

table! {
    software_findings (device_id, uri) {
        device_id -> Text,
        uri -> Text,
        value -> Text,
    }
}

table! {
    detected_apps (id) {
        id -> Text,
        organization_id -> Text,
        name -> Text,
        version -> Nullable<Text>,
        publisher -> Nullable<Text>,
    }
}

table! {
    device_apps (device_id, app_id) {
        device_id -> Text,
        app_id -> Text,
    }
}

joinable!(device_apps -> devices (device_id));
joinable!(device_apps -> detected_apps (app_id));
joinable!(enrollments -> devices (device_id));
joinable!(sessions -> enrollments (enrollment_id));
joinable!(device_policy_assignments -> devices (device_id));
joinable!(rule_enforcements -> devices (device_id));
joinable!(device_scripts -> devices (device_id));
joinable!(script_assignments -> scripts (script_id));
joinable!(script_runs -> devices (device_id));
joinable!(device_smart_values -> devices (device_id));
joinable!(policy_references -> policies (policy_id));

allow_tables_to_appear_in_same_query!(
    organizations,
    segments,
    users,
    api_tokens,
    enrollment_tokens,
    devices,
    device_tags,
    device_reports,
    device_state_changes,
    enrollments,
    sessions,
    command_batches,
    commands,
    audit_entries,
    idempotency_keys,
    policies,
    policy_versions,
    device_policy_assignments,
    device_effective_policies,
    user_tags,
    segment_numbers,
    segment_roles,
    service_accounts,
    device_audiences,
    automation_rules,
    rule_enforcements,
    rule_flips,
    rule_work,
    enrollment_templates,
    enrollment_template_policies,
    enrollment_template_segments,
    enrollment_token_policies,
    default_configs,
    sealing_keys,
    applications,
    scripts,
    device_scripts,
    script_assignments,
    script_runs,
    policy_references,
    smart_attributes,
    device_smart_values,
    user_smart_values,
    assets,
    admx_configs,
    admx_sources,
    admx_definitions,
    managed_device_facts,
    server_keys,
    software_findings,
    detected_apps,
    device_apps
);
