package settings

// ofSystem are the settings that only this system can keep to.
func ofSystem() []Setting[Settings] {
	return []Setting[Settings]{
		flag("touch_id", "whether Touch ID or the password of your account confirms an unlock and what you allow", "no",
			func(s *Settings) *bool { return &s.TouchID }).
			loosenedBy("no", "A click then unlocks Vaultbar and allows programs what they ask for."),
	}
}
