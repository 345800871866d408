//! What every store promises, as one function a promise. `transom_domain::for_each_store_promise!` hands their names to
//! a macro that makes a test of each, for each store there is.
//!
//! Every promise begins with an empty store.

pub mod audit_log;
pub mod commands;
pub mod device_pages;
pub mod devices;
pub mod enrollment_templates;
pub mod enrollments;
pub mod files;
pub mod idempotency_keys;
pub mod library;
pub mod managed_devices;
pub mod people;
pub mod policies;
pub mod records;
pub mod rule_steps;
pub mod rules;
pub mod script_assignments;
pub mod software;
pub mod units;

use super::{environment::context, samples};
use crate::{
    ports::{Store, StoreError, Tx, View},
    segment::Segment,
};
use std::{future::poll_fn, pin::Pin, task::Poll};

/// Calls `$run!` with every promise, by module.
#[macro_export]
macro_rules! for_each_store_promise {
    ($run:ident) => {
        $run! {
            units {
                an_error_of_the_rules_undoes_the_unit
                a_swallowed_error_of_the_store_undoes_the_unit
                a_panic_undoes_the_unit_and_the_store_goes_on
                a_unit_sees_what_it_did_itself
                nothing_is_seen_before_it_is_committed
                concurrent_changes_of_one_row_all_land
                the_last_use_of_a_token_is_taken_once
                what_refers_to_nothing_is_refused
                a_rehearsal_answers_and_leaves_no_trace
            }
            records {
                organizations_come_back_as_they_were
                segments_come_back_as_they_were
                users_come_back_as_they_were
                an_email_is_unique_where_it_names_somebody
                api_tokens_come_back_as_they_were
                enrollment_tokens_come_back_as_they_were
                sessions_come_back_as_they_were
                what_is_missing_is_answered_as_none
                changing_what_is_missing_fails
                unique_keys_are_held
                nothing_crosses_organizations
            }
            devices {
                devices_come_back_as_they_were
                every_field_of_a_device_can_be_changed
                reports_come_back_as_they_were
                a_history_is_answered_oldest_first_and_capped
                reports_and_histories_of_many_are_those_of_each
                keys_are_compared_without_case
                live_devices_come_first_by_key
                last_reports_skip_the_missing_and_the_older
                provisioning_is_counted_from_the_newest_state
            }
            device_pages {
                pages_are_stable_and_have_a_total
                every_sort_has_both_directions
                a_long_list_is_in_order_and_filtered_like_a_short_one
                what_is_unknown_sorts_as_smallest
                filters_must_all_match
                a_search_takes_every_character_literally
                a_scope_limits_the_list
            }
            enrollments {
                enrollments_come_back_as_they_were
                every_field_of_an_enrollment_can_be_changed
                enrollments_are_found_by_what_they_are_known_by
                the_latest_enrollment_is_the_newest_that_holds
                a_check_in_knows_its_enrollment
                a_check_in_knows_whether_commands_wait
            }
            commands {
                commands_come_back_as_they_were
                every_state_of_a_command_comes_back
                several_commands_are_stored_at_once
                concurrent_batches_keep_their_order
                a_queue_is_first_in_first_out
                batches_are_paged_newest_first
                a_batch_is_as_new_as_its_newest_command
                expired_commands_are_the_queued_ones_past_their_end
            }
            people {
                service_accounts_come_back_as_they_were
                an_account_goes_with_its_tokens
                segment_roles_come_back_as_they_were
                last_uses_skip_the_missing_and_the_older
                every_field_of_a_user_can_be_changed
                users_are_paged_filtered_and_sorted
                users_are_seen_where_their_devices_are
                a_removed_user_leaves_devices_tokens_and_the_email_free
                tags_are_counted_within_the_scope
                segments_change_and_their_numbers_are_not_given_again
                what_is_over_in_a_removed_segment_goes_up
                devices_are_found_by_imei_name_and_version
            }
            audit_log {
                entries_come_back_as_they_were
                entries_keep_the_order_they_were_written_in
                filters_of_the_audit_record_must_all_match
            }
            idempotency_keys {
                a_key_is_claimed_once_for_each_token
                of_concurrent_claims_one_is_granted
                a_claim_that_is_undone_leaves_the_key_free
                an_expired_claim_gives_way
                expired_keys_are_forgotten_in_steps
            }
            enrollment_templates {
                templates_come_back_as_they_were
                templates_are_changed_and_removed
                changing_a_missing_template_fails
                names_of_templates_are_unique
                templates_are_paged_and_their_devices_counted
                devices_are_found_by_their_template
                what_templates_and_tokens_name_is_found
                enrollment_tokens_are_paged
                defaults_come_back_as_they_were
            }
            software {
                findings_are_kept_until_they_are_cleared
                findings_have_a_limit
                apps_are_replaced_counted_and_forgotten
                apps_and_their_devices_are_gone_through
                an_app_is_forgotten_only_when_nobody_has_it
            }
            managed_devices {
                facts_come_back_as_they_were
                a_scan_goes_through_all_devices_by_id
                conditions_narrow_a_scan_and_assertions_do_not_hide
                the_newest_command_at_each_path_is_found
                a_server_key_is_made_once
            }
            policies {
                policies_come_back_as_they_were
                policies_are_changed_and_removed
                versions_of_policies_are_kept
                policies_are_paged
                devices_have_the_policies_they_are_given
                states_of_effective_policies_come_back
            }
            rules {
                audiences_come_back_as_they_were
                automation_rules_come_back_as_they_were
                enforcements_come_back_as_they_were
                devices_are_found_by_the_policies_of_rules
                turns_and_work_of_rules_come_back
                devices_are_gone_through_by_id
            }
            rule_steps {
                rules_are_worked_off_in_bounded_steps
                flapping_is_held_back
            }
            script_assignments {
                targets_of_scripts_come_back_as_they_were
                runs_come_back_as_they_were
                devices_have_scripts_directly_or_by_assignment
                assignments_are_worked_off_in_bounded_steps
                what_much_gives_at_once_is_bounded_too
                a_script_that_flaps_is_held_back
            }
            library {
                applications_come_back_as_they_were
                applications_are_paged_by_scope_name_and_sort
                scripts_come_back_as_they_were
                scripts_are_paged_by_scope_name_and_sort
                devices_have_the_scripts_they_are_given
                references_follow_the_policy
                records_keep_their_segment_from_being_removed
                smart_attributes_come_back_as_they_were
                values_are_given_to_devices_and_users
                facts_of_many_are_those_of_each
            }
            files {
                assets_come_back_as_they_were
                assets_are_paged
                admx_templates_come_back_as_they_were
                admx_templates_and_definitions_are_paged
                applications_are_found_by_their_asset
            }
        }
    };
}

/// Changes state without a context's ids.
async fn write<T: Send + 'static>(
    store: &dyn Store,
    mut change: impl FnMut(&mut dyn Tx) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    store.write(&context(), move |tx, _| change(tx)).await
}

/// Looks at state.
async fn read<T: Send + 'static>(
    store: &dyn Store,
    look: impl FnMut(&mut dyn View) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.read(look).await.expect("a read")
}

/// What the other records lean on: the home organization with segments 0, 1 and 2, user 1, service account 1,
/// enrolment token 1.
async fn furnish(store: &dyn Store) {
    write(store, |tx| {
        let home = samples::home();
        tx.insert_organization(&samples::organization(1))?;
        tx.insert_segment(&Segment::root(home, super::environment::NOW))?;
        tx.insert_segment(&samples::segment(home, 1))?;
        tx.insert_segment(&samples::segment(home, 2))?;
        tx.insert_user(&samples::user(1))?;
        tx.insert_service_account(&samples::service_account(1))?;
        tx.insert_enrollment_token(&samples::enrollment_token(1))
    })
    .await
    .expect("an empty store");
}

/// Drives all futures at once, on the caller's runtime.
async fn all<T>(futures: impl IntoIterator<Item = impl Future<Output = T> + Send>) -> Vec<T> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(move |cx| {
        for (future, end) in &mut running {
            if end.is_none()
                && let Poll::Ready(value) = Pin::new(future).poll(cx)
            {
                *end = Some(value);
            }
        }
        if running.iter().all(|(_, end)| end.is_some()) {
            Poll::Ready(running.iter_mut().filter_map(|(_, end)| end.take()).collect())
        } else {
            Poll::Pending
        }
    })
    .await
}
