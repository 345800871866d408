use std::time::Instant;
use transom_domain::{
    ports::*,
    segment::Segment,
    testing::{environment::*, samples},
};
use transom_storage::*;
#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    let store = open(&url, &OpenOptions::default()).unwrap();
    let s: &dyn Store = &*store;
    let _ = s
        .write(&context(), |tx, _| -> Result<(), StoreError> {
            tx.insert_organization(&samples::organization(1))?;
            tx.insert_segment(&Segment::root(samples::home(), NOW))?;
            tx.insert_segment(&samples::segment(samples::home(), 1))?;
            tx.insert_user(&samples::user(1))?;
            tx.insert_enrollment_token(&samples::enrollment_token(1))?;
            for n in 0..10_000 {
                tx.insert_device(&samples::device(n))?;
                tx.insert_enrollment(&samples::enrollment(n, samples::id(n)))?;
            }
            Ok(())
        })
        .await;
    for conc in std::env::args().skip(2).map(|a| a.parse::<usize>().unwrap()) {
        let t = Instant::now();
        let per = 200_000 / conc;
        let hs: Vec<_> = (0..conc)
            .map(|c| {
                let store = store.clone();
                tokio::spawn(async move {
                    let s: &dyn Store = &*store;
                    for i in 0..per {
                        let f = samples::enrollment(((c * per + i) * 7919 % 10_000) as u32, samples::id(1))
                            .certificate
                            .fingerprint;
                        s.read(move |v| v.check_in(&f, NOW)).await.unwrap().unwrap();
                    }
                })
            })
            .collect();
        for h in hs {
            h.await.unwrap();
        }
        println!("check_in conc {conc}: {:.0}/s", 200_000.0 / t.elapsed().as_secs_f64());
    }
    for conc in [1usize, 64] {
        let t = Instant::now();
        let total = if conc == 1 { 300 } else { 6400 };
        let per = total / conc;
        let hs: Vec<_> = (0..conc)
            .map(|c| {
                let store = store.clone();
                tokio::spawn(async move {
                    let s: &dyn Store = &*store;
                    for i in 0..per {
                        let n = ((c * per + i) * 7919 % 10_000) as u32;
                        s.write(&context(), move |tx, _| -> Result<(), StoreError> {
                            let d = tx.lock_device(samples::id(n))?.unwrap();
                            tx.update_device(&d)
                        })
                        .await
                        .unwrap();
                    }
                })
            })
            .collect();
        for h in hs {
            h.await.unwrap();
        }
        println!("write conc {conc}: {:.0}/s", total as f64 / t.elapsed().as_secs_f64());
    }
}
