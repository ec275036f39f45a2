package awstest

import (
	"slices"
	"strings"
)

// Of policies the server knows which actions one allows, with * and ? as in IAM. That is
// enough for the two kinds that narrow or widen a role's session: what the role itself may
// do ([Role.Allow]), and the managed policies that a session was made with, which allow
// nothing by themselves.

// Allow gives the role an identity policy that allows actions, such as "iam:*".
func (r *Role) Allow(actions ...string) {
	r.account.srv.mu.Lock()
	defer r.account.srv.mu.Unlock()
	r.actions = append(r.actions, actions...)
}

// Policy makes a managed policy of the account, which allows actions, and returns its ARN.
func (a *Account) Policy(name string, actions ...string) string {
	a.srv.mu.Lock()
	defer a.srv.mu.Unlock()
	arn := a.arn("iam", "policy/"+name)
	if a.policies == nil {
		a.policies = make(map[string][]string)
	}
	a.policies[arn] = actions
	return arn
}

// managedByAWS are AWS's own managed policies that are known here, as far as the actions
// of STS and IAM go.
var managedByAWS = map[string][]string{
	"ReadOnlyAccess":      {"iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*", "sts:GetAccessKeyInfo", "sts:GetCallerIdentity", "sts:GetSessionToken"},
	"AdministratorAccess": {"*"},
}

// policyLocked is what a managed policy allows, for a role of an account: AWS takes its
// own policies, and those of the role's account.
func (a *Account) policyLocked(arn string) ([]string, bool) {
	if name, ok := strings.CutPrefix(arn, "arn:"+a.partition+":iam::aws:policy/"); ok {
		actions, ok := managedByAWS[name]
		return actions, ok
	}
	actions, ok := a.policies[arn]
	return actions, ok
}

// narrowLocked reads the managed policies of a request for a session of a role. With what
// code AWS refuses one that there is not is not documented.
func (c *apiCall) narrowLocked(role *Role) ([]string, *refusal) {
	var arns []string
	for i := 1; c.form.has(member("PolicyArns", i) + ".arn"); i++ {
		arn := c.form.get(member("PolicyArns", i) + ".arn")
		if _, ok := role.account.policyLocked(arn); !ok {
			return nil, refuse(400, "MalformedPolicyDocument", "The policy %s does not exist or is not attachable.", arn)
		}
		arns = append(arns, arn)
	}
	return arns, nil
}

// allows says whether a session may do something: its role allows it, and so does one of
// its session policies, where it has any.
func (s *session) allows(action string) bool {
	return permits(s.role.actions, action) && !s.narrowed(action)
}

// narrowed says whether the session's policies keep an action from it.
func (s *session) narrowed(action string) bool {
	return len(s.policies) > 0 && !slices.ContainsFunc(s.policies, func(arn string) bool {
		actions, _ := s.role.account.policyLocked(arn)
		return permits(actions, action)
	})
}

func permits(actions []string, action string) bool {
	return slices.ContainsFunc(actions, func(pattern string) bool { return like(pattern, action) })
}

// notInSession says that no session policy allows an action.
func notInSession(action string) string {
	return " because no session policy allows the " + action + " action"
}
