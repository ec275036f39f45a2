-- Opens vaultbar:// links. macOS hands links to applications only, so this becomes
-- one, in your own Applications folder, once:
--
--   app=~/Applications/"Vaultbar Links.app"
--   mkdir -p ~/Applications
--   osacompile -o "$app" "@SHARE@/vaultbar-links.applescript"
--   plutil -insert CFBundleURLTypes -json '[{"CFBundleURLName":"Vaultbar","CFBundleURLSchemes":["vaultbar"]}]' "$app/Contents/Info.plist"
--   codesign --force --sign - "$app"
--   open "$app"
--
-- To take it out, remove that application. What comes of a link is told by
-- Vaultbar's own notifications.
on open location theLink
	try
		do shell script quoted form of "@BINDIR@/vaultbar" & " open " & quoted form of theLink
	end try
end open location
