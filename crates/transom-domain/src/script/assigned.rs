//! The scripts that a device is given directly (A.2, A.6).

use super::{DEVICE_SCRIPTS_MAX, RunAs};
use crate::{
    device::update::Violation,
    policy::content::{PolicyScript, check_script},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// A script given to a device.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceScript {
    /// Which, when, and with what arguments; as in a policy.
    pub run: PolicyScript,
    /// As whom it runs; none: as the script says.
    pub scope: Option<RunAs>,
}

impl DeviceScript {
    /// It for the audit record: the arguments by their hash, because they may be secrets.
    #[must_use]
    pub fn told(&self) -> Value {
        json!({
            "id": self.run.id,
            "type": self.run.kind,
            "loopTime": self.run.loop_time,
            "resetDate": self.run.reset_date,
            "argumentsSha256": self.run.arguments.as_ref().map(|text| hex::encode(Sha256::digest(text))),
            "scope": self.scope.map(RunAs::as_str),
        })
    }
}

/// Checks and cleans the scripts that a device is to be given.
pub(crate) fn check(scripts: &mut [DeviceScript], wrong: &mut Vec<Violation>) {
    if scripts.len() > DEVICE_SCRIPTS_MAX {
        let message = format!("must have at most {DEVICE_SCRIPTS_MAX} entries, not {}", scripts.len());
        wrong.push(Violation::new("scripts", "maxItems", message));
        return;
    }
    let mut seen = BTreeSet::new();
    for (index, script) in scripts.iter_mut().enumerate() {
        check_script(&mut script.run, &format!("scripts[{index}]"), wrong);
        script.run.id = script.run.id.to_lowercase();
        if !seen.insert(script.run.id.clone()) {
            wrong.push(Violation::new(
                format!("scripts[{index}].id"),
                "unique",
                "is given twice",
            ));
        }
    }
}
