package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
)

func TestHiddenLooksLikeMissing(t *testing.T) {
	hidden := fault.Wrap(fault.Hidden, "case.hidden", errors.New("belongs to another desk"))
	missing := fault.New(fault.NotFound, "case.missing").With("ref", "K7")
	hk, hkey, hargs := fault.Public(fmt.Errorf("store: %w", hidden))
	mk, mkey, margs := fault.Public(missing)
	if hk != mk || hkey != mkey || len(hargs) != 0 || len(margs) != 0 {
		t.Errorf("hidden shows (%v %q %v), missing shows (%v %q %v); they must be the same", hk, hkey, hargs, mk, mkey, margs)
	}
}

func TestForeignErrorsAreInternalAndSilent(t *testing.T) {
	kind, key, args := fault.Public(errors.New("password of ana is wrong"))
	if kind != fault.Internal || key != "fault.internal" || args != nil {
		t.Errorf("got %v %q %v", kind, key, args)
	}
	if fault.Is(nil, fault.Internal) {
		t.Error("a nil error has a kind")
	}
}

func TestWithCopies(t *testing.T) {
	a := fault.New(fault.Invalid, "x.y").With("field", "age")
	b := a.With("field", "sex")
	if a.Args["field"] != "age" || b.Args["field"] != "sex" {
		t.Errorf("With changed its receiver: %v %v", a.Args, b.Args)
	}
}

func TestEveryKindHasAName(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range fault.Kinds() {
		if seen[k.String()] {
			t.Errorf("kind %d has the name %q twice", k, k)
		}
		seen[k.String()] = true
	}
	if got := fault.Kind(200).String(); got != "kind-200" {
		t.Errorf("an unknown kind from a newer node is called %q", got)
	}
}
