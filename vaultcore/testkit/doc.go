// Package testkit is to Vaultbar what httptest is to http: the edges of the
// program, made for tests.
//
// [FakeService] is a whole Vaultbar in memory, with fields to set, for tests of
// what talks to one. [TestService] is the suite that every implementation of
// agent.Service must pass, the real one and a client over a socket alike. The
// samples are the keys and config files that tests share. The strict local AWS
// is in the folder awstest.
//
// Nothing here is part of the program, and no secret here is real: the keys are
// the examples of AWS's own documentation.
package testkit
