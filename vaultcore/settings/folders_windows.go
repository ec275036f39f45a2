package settings

// folder is the name of our folder in the local application data.
const folder = "Vaultbar"
