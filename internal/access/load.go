package access

import (
	"embed"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sorting"
)

//go:embed policy/*.cedar policy/groups.json
var policyFiles embed.FS

// The files that hold for more than the noun they are named after.
const (
	everywhere = "everywhere" // for every action
	wall       = "wall"       // for every action of a noun whose records may be hidden
)

// ruleBook is everything read from the policy folder, built once and never changed.
type ruleBook struct {
	broken   error
	facts    map[Action]actionFacts
	roles    map[Role]bool
	entities types.EntityMap
	byNoun   map[string]namedPolicies

	mu    sync.Mutex
	asked map[question]Decision
}

// question is all that an answer depends on. A page asks the same dozens of times, and every document does.
type question struct {
	role   Role
	action Action
	stand  circumstances
}

// maxAsked bounds the answers that are remembered.
const maxAsked = 4096

// namedPolicies are the policies asked for one noun, in the order of their files.
type namedPolicies struct {
	policies cedar.PolicyMap
	why      map[cedar.PolicyID]Reason
}

// rules reads the policies of this binary at the first question.
var rules = sync.OnceValue(func() *ruleBook {
	r, err := load()
	if err != nil {
		r.broken = fault.Wrap(fault.Internal, "access.policies", err)
	}
	return r
})

func load() (*ruleBook, error) {
	r := &ruleBook{facts: map[Action]actionFacts{}, roles: map[Role]bool{}, entities: types.EntityMap{}, byNoun: map[string]namedPolicies{}}
	nouns := map[string]bool{}
	for _, f := range actionTable() {
		r.facts[f.action] = f
		nouns[f.action.Noun()] = true
	}
	for _, f := range actionTable() {
		r.entities[actionUID(f.action)] = types.Entity{UID: actionUID(f.action), Parents: types.NewEntityUIDSet(r.sorts(f)...)}
	}
	if err := r.readGroups(); err != nil {
		return r, err
	}
	shared := map[string][]*cedar.Policy{}
	for _, name := range []string{everywhere, wall} {
		list, err := readPolicies(name)
		if err != nil {
			return r, err
		}
		shared[name] = list
	}
	for noun := range nouns {
		list, err := readPolicies(noun)
		if err != nil {
			return r, err
		}
		list = append(list, shared[everywhere]...)
		if r.secret(noun) {
			list = append(list, shared[wall]...)
		}
		named := namedPolicies{cedar.PolicyMap{}, map[cedar.PolicyID]Reason{}}
		for _, p := range list {
			notes := p.Annotations()
			id := cedar.PolicyID(notes["id"])
			if id == "" || notes["why"] == "" || named.policies[id] != nil {
				return r, errors.New("policy without its own @id and @why: " + noun + " " + string(id))
			}
			named.policies[id] = p
			named.why[id] = Reason{Policy: string(id), Why: string(notes["why"]), Forbids: p.Effect() == cedar.Forbid}
		}
		r.byNoun[noun] = named
	}
	return r, nil
}

// secret reports whether the existence of the noun's records may be hidden: it has an action "know".
func (r *ruleBook) secret(noun string) bool {
	_, ok := r.facts[Action(noun+".know")]
	return ok
}

// sorts returns the groups of actions that policies may name, for one action.
func (r *ruleBook) sorts(f actionFacts) []types.EntityUID {
	var in []types.EntityUID
	group := func(name string, member bool) {
		if member {
			in = append(in, types.NewEntityUID("Action", types.String(name)))
		}
	}
	group("making", f.kind == Makes)
	group("listing", f.kind == Lists)
	group("seeing", f.kind == Sees)
	group("changing", f.kind == Changes)
	group("opening", f.opens != nothing)
	group("case-content", f.opens == content)
	group("behind-wall", r.secret(f.action.Noun()))
	return in
}

func (r *ruleBook) readGroups() error {
	raw, err := policyFiles.ReadFile("policy/groups.json")
	if err != nil {
		return err
	}
	var groups map[string]struct {
		Why   string `json:"why"`
		Roles []Role `json:"roles"`
	}
	if err := json.Unmarshal(raw, &groups); err != nil {
		return err
	}
	parents := map[Role][]types.EntityUID{}
	for _, role := range Roles() {
		r.roles[role] = true
		parents[role] = nil
	}
	for name, g := range groups {
		for _, role := range g.Roles {
			if !r.roles[role] || g.Why == "" {
				return errors.New("group " + name + ": no reason, or unknown role " + string(role))
			}
			parents[role] = append(parents[role], types.NewEntityUID("Group", types.String(name)))
		}
	}
	for role, in := range parents {
		r.entities[roleUID(role)] = types.Entity{UID: roleUID(role), Parents: types.NewEntityUIDSet(in...)}
	}
	return nil
}

func readPolicies(name string) ([]*cedar.Policy, error) {
	file := "policy/" + name + ".cedar"
	raw, err := policyFiles.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return cedar.NewPolicyListFromBytes(file, raw)
}

// ask puts one question to the policies of the action's noun. A policy that cannot be evaluated makes
// the answer no answer at all, because a prohibition might be the one that is broken.
func (r *ruleBook) ask(q question) (Decision, error) {
	r.mu.Lock()
	d, ok := r.asked[q]
	r.mu.Unlock()
	if !ok {
		var err error
		if d, err = r.judge(q); err != nil {
			return d, err
		}
		r.mu.Lock()
		if r.asked == nil || len(r.asked) >= maxAsked {
			r.asked = make(map[question]Decision)
		}
		r.asked[q] = d
		r.mu.Unlock()
	}
	d.Reasons = slices.Clone(d.Reasons)
	return d, nil
}

// judge lets the policies answer.
func (r *ruleBook) judge(q question) (Decision, error) {
	named := r.byNoun[q.action.Noun()]
	verdict, diag := cedar.Authorize(named.policies, r.entities, cedar.Request{
		Principal: roleUID(q.role),
		Action:    actionUID(q.action),
		Resource:  types.NewEntityUID("Noun", types.String(q.action.Noun())),
		Context:   q.stand.record(),
	})
	if len(diag.Errors) > 0 {
		return Decision{}, fault.Wrap(fault.Internal, "access.policies", errors.New(diag.Errors[0].String()))
	}
	d := Decision{Allow: verdict == cedar.Allow}
	for _, reason := range diag.Reasons {
		d.Reasons = append(d.Reasons, named.why[reason.PolicyID])
	}
	sorting.By(d.Reasons, func(a, b Reason) int { return strings.Compare(a.Policy, b.Policy) })
	return d, nil
}

func roleUID(r Role) types.EntityUID     { return types.NewEntityUID("Role", types.String(r)) }
func actionUID(a Action) types.EntityUID { return types.NewEntityUID("Action", types.String(a)) }
