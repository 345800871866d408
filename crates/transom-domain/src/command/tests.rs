use super::*;

pub(super) fn command(action: Action, path: &str) -> Command {
    Command {
        id: [1; 12].into(),
        batch: [2; 12].into(),
        device: [3; 12].into(),
        sequence: 1,
        config: CommandConfig {
            path: path.to_owned(),
            action,
            value: None,
            format: Format::Null,
        },
        state: CommandState::Queued {
            not_before: None,
            code: None,
        },
        unanswered: 0,
        retries: 0,
        sent_at: None,
        expires_at: at(0) + TIME_TO_LIVE,
        data: Vec::new(),
        updated_at: at(0),
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
}

fn answer(code: u32) -> Answer {
    Answer {
        code,
        original_error: None,
    }
}

#[test]
fn a_command_goes_from_pending_over_awaiting_to_its_end() {
    let mut command = command(Action::Replace, "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera");
    assert_eq!(command.status(), CommandStatus::Pending);
    command.sent(at(1));
    assert_eq!(
        (command.status(), command.sent_at),
        (CommandStatus::Awaiting, Some(at(1)))
    );
    assert!(command.answered(&answer(200), at(2)));
    assert_eq!(
        (command.status(), command.status_code()),
        (CommandStatus::Acknowledged, Some(200))
    );
}

#[test]
fn a_final_status_does_not_go_back() {
    let mut command = command(Action::Get, "./DevDetail/SwV");
    command.sent(at(1));
    command.answered(&answer(404), at(2));
    assert!(!command.answered(&answer(200), at(3)));
    command.session_lost(at(4));
    assert!(!command.cancel(CancelReason::Administrator, at(5)));
    assert_eq!(
        (command.status(), command.status_code()),
        (CommandStatus::CommandNotFound, Some(404))
    );
}

#[test]
fn a_lost_session_puts_a_command_back_and_an_answer_after_all_ends_it() {
    let mut command = command(Action::Replace, "./DevDetail/X");
    command.sent(at(1));
    command.session_lost(at(2));
    assert_eq!((command.status(), command.unanswered), (CommandStatus::Pending, 1));
    assert!(command.answered(&answer(200), at(3)));
    assert_eq!(command.status(), CommandStatus::Acknowledged);
}

#[test]
fn a_command_that_breaks_every_session_is_set_aside_with_a_reason() {
    let mut command = command(Action::Replace, "./DevDetail/X");
    for round in 0..UNANSWERED_DELIVERIES_MAX {
        assert_eq!(command.status(), CommandStatus::Pending);
        command.sent(at(i64::from(round)));
        command.session_lost(at(i64::from(round)));
    }
    assert_eq!(command.status(), CommandStatus::MalformedSyntax);
    assert_eq!(command.data[0]["reason"], "set-aside");
}

#[test]
fn a_wipe_is_never_sent_twice_but_a_late_answer_counts() {
    let mut command = command(Action::Exec, "./Device/Vendor/MSFT/RemoteWipe/doWipe");
    command.sent(at(1));
    command.session_lost(at(2));
    assert_eq!(command.status(), CommandStatus::Unknown);
    assert_eq!(command.data[0]["reason"], "outcome-unknown");
    assert!(!command.is_due(at(3)));
    assert!(command.answered(&answer(200), at(4)));
    assert_eq!((command.status(), command.data.len()), (CommandStatus::Acknowledged, 0));
}

#[test]
fn a_busy_pc_is_asked_again_after_one_five_and_thirty_minutes() {
    let mut command = command(Action::Replace, "./DevDetail/X");
    let mut now = at(0);
    for minutes in [1, 5, 30] {
        command.sent(now);
        command.answered(&answer(503), now);
        assert_eq!(
            (command.status(), command.status_code()),
            (CommandStatus::Pending, Some(503))
        );
        let next = now + Duration::from_secs(minutes * 60);
        assert!(!command.is_due(next - Duration::from_millis(1)));
        assert!(command.is_due(next));
        now = next;
    }
    command.sent(now);
    command.answered(&answer(503), now);
    assert_eq!(command.status(), CommandStatus::TemporaryOverloadingOrMaintenanceError);
}

#[test]
fn an_app_installation_waits_for_its_alert() {
    let mut command = command(
        Action::Exec,
        "./Device/Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/%7BA%7D/DownloadInstall",
    );
    command.sent(at(1));
    command.answered(&answer(202), at(2));
    assert_eq!((command.status(), command.holds_up()), (CommandStatus::Awaiting, false));
    assert!(command.completed(-2_147_009_281, at(3)));
    assert_eq!(command.status(), CommandStatus::UnexpectedError);
    assert_eq!(command.data[0]["completion"]["hresult"], "0x80073CFF");
}

#[test]
fn a_failure_carries_what_an_administrator_can_search_for() {
    let mut command = command(Action::Get, "./DevDetail/X");
    command.sent(at(1));
    command.answered(
        &Answer {
            code: 404,
            original_error: Some("0x86000002".to_owned()),
        },
        at(2),
    );
    assert_eq!(command.data[0]["originalError"], "0x86000002");
    assert_eq!(command.data[0]["intuneErrorCode"], "0x87D10194");
}

#[test]
fn an_expired_command_is_not_due() {
    let command = command(Action::Get, "./DevDetail/X");
    assert!(command.is_due(command.expires_at - Duration::from_millis(1)));
    assert!(!command.is_due(command.expires_at));
}

#[test]
fn the_end_of_an_enrolment_cancels_only_what_never_went_out() {
    let ended = |mut command: Command| {
        command.enrollment_ended(CancelReason::Unenrolled, at(9));
        command
    };
    let waiting = command(Action::Replace, "./DevDetail/X");
    assert_eq!(ended(waiting.clone()).status(), CommandStatus::Cancel);

    let mut sent = waiting.clone();
    sent.sent(at(1));
    let lost = ended(sent.clone());
    assert_eq!((lost.status(), lost.status_code()), (CommandStatus::Unknown, None));
    assert_eq!(lost.data[0]["reason"], "outcome-unknown");

    sent.session_lost(at(2));
    assert_eq!(ended(sent).status(), CommandStatus::Unknown, "it went out once");

    let mut accepted = waiting;
    accepted.sent(at(1));
    accepted.answered(&answer(101), at(2));
    let lost = ended(accepted);
    assert_eq!((lost.status(), lost.status_code()), (CommandStatus::Unknown, Some(101)));
}

#[test]
fn a_pc_that_leaves_has_obeyed_the_order_to_leave() {
    let mut order = command(Action::Exec, sensitive::UNENROLL_PATH);
    order.obeyed(at(1));
    assert_eq!(order.status(), CommandStatus::Pending, "it was not sent");
    order.sent(at(1));
    order.obeyed(at(2));
    assert_eq!(
        (order.status(), order.status_code()),
        (CommandStatus::Acknowledged, None)
    );
}

#[test]
fn what_must_not_happen_twice_is_not_retried_and_its_unknown_outcome_stays_final() {
    let mut wipe = command(Action::Exec, "./Device/Vendor/MSFT/RemoteWipe/doWipe");
    wipe.sent(at(1));
    wipe.session_lost(at(2));
    assert!(!wipe.answered(&answer(101), at(3)));
    assert_eq!(wipe.status(), CommandStatus::Unknown);
    assert!(wipe.answered(&answer(503), at(3)));
    assert_eq!(wipe.status(), CommandStatus::TemporaryOverloadingOrMaintenanceError);
    assert!(!wipe.is_due(at(100_000)));
}
