//! Settings.

use super::at;
use crate::{HistoryFilter, PageRequest, ScoreFilter, Store};

/// Set, read, change, forget.
pub async fn settings_are_set_changed_and_forgotten(store: &dyn Store) {
    assert_eq!(store.setting("device").await.unwrap(), None);
    store.set_setting("device", Some("alsa:1"), at(1)).await.unwrap();
    store.set_setting("audio.keep_days", Some("30"), at(1)).await.unwrap();
    store.set_setting("device", Some("ünïcode ☃"), at(2)).await.unwrap();
    assert_eq!(store.setting("device").await.unwrap().as_deref(), Some("ünïcode ☃"));
    let all =
        [("audio.keep_days".to_owned(), "30".to_owned()), ("device".to_owned(), "ünïcode ☃".to_owned())];
    assert_eq!(store.settings().await.unwrap(), all);
    store.set_setting("device", None, at(3)).await.unwrap();
    store.set_setting("never set", None, at(3)).await.unwrap();
    assert_eq!(store.setting("device").await.unwrap(), None);
}

/// NUL in what people type, or in what they look for, is no error; a store may keep another character in its place.
pub async fn a_text_with_a_character_that_says_nothing_is_kept_all_the_same(store: &dyn Store) {
    store.set_setting("na\0me", Some("va\0lue"), at(1)).await.unwrap();
    let kept = store.setting("na\0me").await.unwrap().unwrap();
    assert!(kept.starts_with("va") && kept.ends_with("lue"), "{kept:?}");
    let nul = || Some("\0".to_owned());
    let filter = HistoryFilter { topic: nul(), text: nul(), ..HistoryFilter::default() };
    assert_eq!(store.history(&filter, PageRequest::first(9)).await.unwrap().items, []);
    assert_eq!(store.count(&filter).await.unwrap(), 0);
    let scores = ScoreFilter { topic: nul(), ..ScoreFilter::default() };
    assert_eq!(store.scores(&scores).await.unwrap(), []);
}
