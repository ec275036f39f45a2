//go:build program

package program

import _ "github.com/99designs/aws-vault/v7" // keeps it in go.mod
