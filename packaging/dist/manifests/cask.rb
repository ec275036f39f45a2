cask "vaultbar" do
  version "{{.Number}}"
  sha256 "{{.MacOS.Sum}}"

  url "{{.MacOS.URL}}"
  name "Vaultbar"
  desc "{{.Summary}}"
  homepage "{{.Homepage}}"

  depends_on macos: ">= :monterey"

  app "Vaultbar.app"
  binary "#{appdir}/Vaultbar.app/Contents/MacOS/vaultbar"
  bash_completion "#{appdir}/Vaultbar.app/Contents/Resources/bash-completion/completions/vaultbar"
  fish_completion "#{appdir}/Vaultbar.app/Contents/Resources/fish/vendor_completions.d/vaultbar.fish"
  zsh_completion "#{appdir}/Vaultbar.app/Contents/Resources/zsh/site-functions/_vaultbar"
  manpage "#{appdir}/Vaultbar.app/Contents/Resources/man/man1/vaultbar.1"

  uninstall quit:       "com.github.vaultbar.vaultbar",
            launchctl:  "com.github.vaultbar.vaultbar",
            login_item: "Vaultbar"

  zap trash: [
    "~/Library/Application Support/Vaultbar",
    "~/Library/LaunchAgents/com.github.vaultbar.vaultbar.plist",
  ]

  caveats "Keys and sessions stay in your keychain when this is uninstalled."
end
