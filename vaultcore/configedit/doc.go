// Package configedit plans edits of the AWS config file, and of the credentials file
// beside it: a profile that is added ([PlanAdd], [PlanRole]) or gets another region
// ([PlanRegion]), the lines by which AWS's own tools ask Vaultbar ([PlanSetup]), keys that
// move into the keychain ([PlanImport], [PlanTakeOut]), and the profiles of an IAM Identity
// Center ([PlanSync]).
//
// A plan is a [Change]: a diff and notes, which are shown before it is applied. It touches
// only its own lines, and is not applied to a file that has changed since. Each step of an
// edit is read as awsconfig reads the file, so that the next sees what the one before has
// made, and the last what AWS's tools will see. What was written can be taken out again, by
// the same means: a line that setup replaces stays above the new one as a comment.
//
// The package does not decide what a person wants, and no secret appears in a diff.
//
// Start with [Change], then [PlanSetup].
package configedit
