package browser

// canonical is how a variable's name is compared.
func canonical(name string) string { return name }

// needed are the variables of a desktop. XAUTHORITY and the bus open the screen,
// the input method's lets people write their language.
func needed() []string {
	return append(proxies(),
		"HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR",
		"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS",
		"XDG_RUNTIME_DIR", "XDG_SESSION_TYPE", "XDG_SESSION_DESKTOP", "XDG_CURRENT_DESKTOP", "DESKTOP_SESSION",
		"KDE_FULL_SESSION", "KDE_SESSION_VERSION", "GNOME_DESKTOP_SESSION_ID",
		"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_DIRS",
		"XMODIFIERS", "GTK_IM_MODULE", "QT_IM_MODULE",
		"GDK_SCALE", "GDK_DPI_SCALE", "GDK_BACKEND", "MOZ_ENABLE_WAYLAND",
	)
}

// fixed are the variables that are ours to say: what a browser's start script
// calls is looked for among the system's programs.
func fixed() []string {
	return []string{"PATH=/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin:/snap/bin"}
}
