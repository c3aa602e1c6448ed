//! Readers that are unplugged and plugged in again, with the cards that are in them.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::{NOTICE, Simulator};
use crate::slot::Slot;
use crate::usb::Bus;

impl<'a> Simulator<'a> {
    /// Unplugs the readers, and waits until pcscd has none.
    pub(super) fn unplug(&mut self) -> Result<()> {
        let bus = self.bus()?;
        if self.unplugged.is_some() {
            bail!("the readers are unplugged already");
        }
        bus.unplug()?;
        let occupied = self.slots.iter().filter(|slot| slot.is_occupied());
        self.unplugged = Some(occupied.map(|slot| slot.reader).collect());
        self.wait_for_readers(0)?;
        self.journal.event("unplugged", json!({}));
        Ok(())
    }

    /// Plugs them in again, and waits until pcscd sees them and the cards in them.
    pub(super) fn plug(&mut self) -> Result<()> {
        let bus = self.bus()?;
        let Some(occupied) = self.unplugged.take() else { bail!("the readers are plugged in") };
        bus.plug()?;
        for reader in occupied {
            self.insert(reader)?;
        }
        self.wait_for_readers(self.slots.len())?;
        self.journal.event("plugged", json!({ "readers": self.readers }));
        Ok(())
    }

    fn bus(&self) -> Result<&'a Bus> {
        self.folder.bus().context("these readers cannot be unplugged: `serve --unpluggable`")
    }

    fn wait_for_readers(&mut self, count: usize) -> Result<()> {
        let deadline = Instant::now() + NOTICE;
        // A card whose reader has gone is gone from its driver.
        let gone = |slot: &Slot| count > 0 || !slot.is_occupied();
        while self.readers.as_ref().map(Vec::len) != Some(count)
            || !self.slots.iter().all(|slot| slot.is_settled() && gone(slot))
        {
            if Instant::now() > deadline {
                bail!("pcscd has {:?} and not {count} readers", self.readers);
            }
            self.step()?;
        }
        Ok(())
    }
}
