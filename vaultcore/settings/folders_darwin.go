package settings

// folder is the name of our folder in Application Support.
const folder = "Vaultbar"
