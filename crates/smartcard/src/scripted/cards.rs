use super::ScriptedCard;
use crate::{
    Batch, CardBackend, CardError, GoOn, LastTry, Passcode, PasscodeRules, Token, TokenId,
};

impl CardBackend for Vec<ScriptedCard> {
    fn tokens(&mut self) -> Result<Vec<Token>, CardError> {
        let each: Result<Vec<_>, _> = self.iter_mut().map(CardBackend::tokens).collect();
        Ok(each?.into_iter().flatten().collect())
    }

    fn sign_batch(
        &mut self,
        batch: &Batch<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        card_of(self, batch.token)?.sign_batch(batch, go_on)
    }

    fn passcode_rules(&mut self, token: &TokenId) -> Result<PasscodeRules, CardError> {
        card_of(self, token)?.passcode_rules(token)
    }

    fn change_passcode(
        &mut self,
        token: &TokenId,
        old: &Passcode,
        new: &Passcode,
    ) -> Result<(), CardError> {
        card_of(self, token)?.change_passcode(token, old, new)
    }

    fn unblock_passcode(
        &mut self,
        token: &TokenId,
        key: &Passcode,
        new: &Passcode,
        last_try: LastTry,
    ) -> Result<(), CardError> {
        card_of(self, token)?.unblock_passcode(token, key, new, last_try)
    }
}

fn card_of<'a>(
    cards: &'a mut [ScriptedCard],
    token: &TokenId,
) -> Result<&'a mut ScriptedCard, CardError> {
    let card = cards.iter_mut().find(|card| card.hand().state().token.id == *token);
    card.ok_or(CardError::CardRemoved)
}
