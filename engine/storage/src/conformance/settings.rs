//! Settings.

use super::at;
use crate::Store;

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
