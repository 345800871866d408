//! Commands (A.3, B.3): sent, listed, shown, cancelled.

pub mod request;
pub mod view;

use super::{
    call::{Call, Caller},
    error::ApiError,
    reply::{Answer, PageView, Reply},
};
use transom_domain::{
    BatchId, CommandId,
    command::{CommandBatch, cancel as canceling, enqueue},
    page::Page,
    ports::{Commands, Devices},
};
use view::{BatchDetailsView, BatchView, CanceledView, CommandView};

/// `POST D/commands/`
pub async fn create(call: Call) -> Answer {
    let identifier = call.param("winDeviceId");
    let form = call.form(request::commands);
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let batch = call
        .write(move |tx, cx, caller| {
            let device = caller.device_to_change(tx, &identifier)?;
            let configs = &form.as_ref().map_err(Clone::clone)?.value;
            Ok(enqueue::enqueue(tx, cx, device.id, None, configs)?)
        })
        .await?;
    Ok(Reply::data(&BatchView::new(&batch, &call.caller.organization))?.ignoring(ignored))
}

/// `GET D/commands`
pub async fn list(call: Call) -> Answer {
    let (identifier, query) = (call.param("winDeviceId"), call.query());
    let page = call
        .read(move |view, caller| {
            let device = caller.device(view, &identifier)?;
            let query = query.as_ref().map_err(Clone::clone)?;
            let ascending = query.sort().is_some_and(|(_, descending)| !descending);
            Ok(view.batch_page(device.id, ascending, query.page())?)
        })
        .await?;
    let organization = &call.caller.organization;
    Reply::data(&PageView::new(page, |batch| BatchView::new(&batch, organization)))
}

/// `GET D/commands/{winCommandId}`
pub async fn show(call: Call) -> Answer {
    let (identifier, id, query) = (call.param("winDeviceId"), call.param("winCommandId"), call.query());
    let batch = call
        .read(move |view, caller| {
            let batch = batch(view, caller, &identifier, &id)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(batch)
        })
        .await?;
    Reply::data(&BatchDetailsView::new(&batch, &call.caller.organization))
}

/// `GET D/commands/{winCommandId}/actions`
pub async fn actions(call: Call) -> Answer {
    let (identifier, id, query) = (call.param("winDeviceId"), call.param("winCommandId"), call.query());
    let page = call
        .read(move |view, caller| {
            let batch = batch(view, caller, &identifier, &id)?;
            let request = query.as_ref().map_err(Clone::clone)?.page();
            let total = batch.commands.len() as u64;
            let skipped = usize::try_from(request.offset()).unwrap_or(usize::MAX);
            let items = batch.commands.into_iter().skip(skipped).take(request.limit() as usize);
            Ok(Page {
                items: items.collect(),
                total,
                request,
            })
        })
        .await?;
    Reply::data(&PageView::new(page, |command| CommandView::new(&command)))
}

/// `POST D/commands/{winCommandId}/cancel`
pub async fn cancel(call: Call) -> Answer {
    let batch = cancel_in_batch(&call, None).await?;
    Reply::data(&CanceledView::new(&batch, &call.caller.organization))
}

/// `POST D/commands/{winCommandId}/actions/{cmdId}/cancel`
pub async fn cancel_action(call: Call) -> Answer {
    let batch = cancel_in_batch(&call, Some(call.param("cmdId"))).await?;
    Reply::data(&CanceledView::new(&batch, &call.caller.organization))
}

/// Cancels what is pending of a batch, or of one command in it.
async fn cancel_in_batch(call: &Call, command: Option<String>) -> Result<CommandBatch, ApiError> {
    let (identifier, id, query) = (call.param("winDeviceId"), call.param("winCommandId"), call.query());
    call.write(move |tx, cx, caller| {
        let device = caller.device_to_change(tx, &identifier)?;
        let id = batch_id(&id)?;
        let batch = tx.batch(device.id, id)?.ok_or(ApiError::NotFound)?;
        let only = command.as_deref().map(|id| command_id(&batch, id)).transpose()?;
        query.as_ref().map_err(Clone::clone)?;
        Ok(canceling::cancel(tx, cx, device.id, id, only)?)
    })
    .await
}

/// The command of a batch that a path means.
fn command_id(batch: &CommandBatch, text: &str) -> Result<CommandId, ApiError> {
    let id = CommandId::parse(text).map_err(|_| ApiError::NotFound)?;
    let known = batch.commands.iter().any(|command| command.id == id);
    known.then_some(id).ok_or(ApiError::NotFound)
}

fn batch_id(text: &str) -> Result<BatchId, ApiError> {
    BatchId::parse(text).map_err(|_| ApiError::NotFound)
}

/// The batch that a path means.
fn batch(
    view: &mut (impl Devices + Commands + ?Sized),
    caller: &Caller,
    identifier: &str,
    id: &str,
) -> Result<CommandBatch, ApiError> {
    let device = caller.device(view, identifier)?;
    view.batch(device.id, batch_id(id)?)?.ok_or(ApiError::NotFound)
}
