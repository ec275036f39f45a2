package vaultcore

// AWSVault says where aws-vault keeps its keys. What is empty is as aws-vault has it.
type AWSVault struct {
	Backend    string `json:"backend,omitempty"`    // AWS_VAULT_BACKEND: "file", "pass", "secret-service", "kwallet", "keychain", "wincred"; empty looks for it
	FileDir    string `json:"file_dir,omitempty"`   // AWS_VAULT_FILE_DIR
	Keychain   string `json:"keychain,omitempty"`   // AWS_VAULT_KEYCHAIN_NAME, on macOS
	Collection string `json:"collection,omitempty"` // AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME
	PassDir    string `json:"pass_dir,omitempty"`   // AWS_VAULT_PASS_PASSWORD_STORE_DIR
	PassPrefix string `json:"pass_prefix,omitempty"`

	Passphrase Secret `json:"-"` // of the encrypted files; AWS_VAULT_FILE_PASSPHRASE
}
