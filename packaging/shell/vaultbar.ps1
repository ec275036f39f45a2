# Vaultbar in PowerShell 5.1 and later, on Windows and elsewhere. In the file that $PROFILE
# names, after what makes your prompt:
#
#   function prompt { "$(VaultbarPrompt) PS $PWD> " }
#   . /path/to/vaultbar.ps1
#
# README.md beside this file has the names it defines.

# VaultbarPrompt is the segment with profile and time left. It starts no process.
function VaultbarPrompt {
    if (-not $env:AWS_VAULT) { return '' }
    $sign = if ($env:AWS_VAULT_PL_CHAR) { $env:AWS_VAULT_PL_CHAR } else { [string][char]0x2601 }
    $plain = if ($env:AWS_VAULT_PL_DEFAULT_PROFILE) { $env:AWS_VAULT_PL_DEFAULT_PROFILE } else { 'default' }
    $name = $env:AWS_VAULT -replace '\p{Cc}', '?'
    $text = if ($name -ceq $plain) { $sign } else { "$sign $name" }
    $ends = [DateTimeOffset]::MinValue
    $invariant = [Globalization.CultureInfo]::InvariantCulture
    if ([DateTimeOffset]::TryParse("$env:AWS_CREDENTIAL_EXPIRATION", $invariant, [Globalization.DateTimeStyles]::AssumeUniversal, [ref]$ends)) {
        $left = $ends - [DateTimeOffset]::UtcNow
        $minutes = [Math]::Floor($left.TotalMinutes)
        if ($left.TotalSeconds -le 0) { $text += ' ended' }
        elseif ($minutes -eq 0) { $text += ' <1m' }
        elseif ($minutes -lt 60) { $text += " ${minutes}m" }
        else { $text += " $([Math]::Floor($minutes / 60))h$($minutes % 60)m" }
    }
    if ($env:VAULTBAR_PROTECTED) {
        $escape = [char]27
        $text = "$escape[1;31m$text (protected)$escape[0m"
    }
    $text
}

# VaultbarSet sets a variable for what is started here, or takes it away.
function VaultbarSet([string]$name, [string]$value) {
    if ($value) { Set-Item -LiteralPath "Env:$name" -Value $value }
    else { Remove-Item -LiteralPath "Env:$name" -ErrorAction Ignore }
}

# VaultbarFile is the .vaultbar of this folder, or of one above it up to your home; empty
# for none.
function VaultbarFile {
    if ($PWD.Provider.Name -ne 'FileSystem') { return '' }
    $top = "$HOME" -replace '[\\/]+$', ''
    $dir = $PWD.ProviderPath
    while ($dir) {
        $file = [IO.Path]::Combine($dir, '.vaultbar')
        if ([IO.File]::Exists($file)) { return $file }
        if (($dir -replace '[\\/]+$', '') -eq $top) { return '' }
        $dir = [IO.Path]::GetDirectoryName($dir)
    }
    ''
}

# VaultbarName is the profile that the trusted file says; empty for one that is not
# trusted. What is to be said about it is shown once.
function VaultbarName([bool]$quiet) {
    $ErrorActionPreference = 'Continue'
    $command = Get-Command -Name vaultbar -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if (-not $command) { return '' }
    $encoding = [Console]::OutputEncoding
    try { [Console]::OutputEncoding = [Text.UTF8Encoding]::new($false) } catch { } # there is no console
    try {
        if ($quiet) { "$(& $command dir --name 2>$null)" } else { "$(& $command dir --name)" }
    }
    finally { try { [Console]::OutputEncoding = $encoding } catch { } }
}

# VaultbarDir sets AWS_PROFILE in a folder whose .vaultbar is trusted, and puts back what
# was there on leaving it. Where there is no such file it starts no process.
function VaultbarDir {
    if ($env:AWS_VAULT) { return }
    $at, $file, $name = $global:VaultbarAt, (VaultbarFile), ''
    if (-not $file) { $at.Said = '' }
    else {
        $name = VaultbarName ($file -ceq $at.Said)
        $at.Said = if ($name) { '' } else { $file }
    }
    $in = "in $file $name"
    if ($in -ceq $at.In) { return } # what was done by hand since then stays
    $at.In = $in
    if ($null -eq $at.Own) {
        $at.Own = if ($env:VAULTBAR_DIR_PROFILE) { "$env:VAULTBAR_DIR_BEFORE" } else { "$env:AWS_PROFILE" }
    }
    if ($env:VAULTBAR_DIR_PROFILE -and $env:AWS_PROFILE -ceq $env:VAULTBAR_DIR_PROFILE) {
        VaultbarSet AWS_PROFILE $env:VAULTBAR_DIR_BEFORE
    }
    VaultbarSet VAULTBAR_DIR_PROFILE ''
    VaultbarSet VAULTBAR_DIR_BEFORE ''
    if ($name -and (-not $env:AWS_PROFILE -or $env:AWS_PROFILE -ceq $at.Own)) {
        VaultbarSet VAULTBAR_DIR_PROFILE $name
        VaultbarSet VAULTBAR_DIR_BEFORE $env:AWS_PROFILE
        VaultbarSet AWS_PROFILE $name
    }
}

# The prompt that is there is shown as before, and finds the last command's status.
if (-not $global:VaultbarAt) {
    $global:VaultbarAt = @{ In = ''; Said = ''; Own = $null; Prompt = $function:prompt }
    function global:prompt {
        $succeeded, $code = $?, $global:LASTEXITCODE
        VaultbarDir
        $global:LASTEXITCODE = $code
        if (-not $succeeded) { Write-Error '' -ErrorAction Ignore }
        & $global:VaultbarAt.Prompt
    }
}
