package keyring_test

import (
	"bytes"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// A mark tells two texts apart for the person who made it, and nothing to anybody who has it and guesses at the text.
func TestAMarkNeedsThePersonsKeys(t *testing.T) {
	mine, hers := seal.NewUserKeys(nil), seal.NewUserKeys(nil)
	me, she := keyring.NewBearer(access.Actor{}, &mine), keyring.NewBearer(access.Actor{}, &hers)
	what := []byte(`{"number":"+15550100"}`)
	mark := me.Mark(what)
	switch {
	case len(mark) < 16 || !bytes.Equal(mark, me.Mark(what)):
		t.Errorf("%x is no mark", mark)
	case bytes.Equal(mark, me.Mark([]byte(`{"number":"+15550101"}`))):
		t.Error("two texts have one mark")
	case bytes.Equal(mark, she.Mark(what)):
		t.Error("two people make one mark")
	}
	mine.Wipe()
	if me.Mark(what) != nil || (keyring.Bearer{}).Mark(what) != nil {
		t.Error("a mark without keys")
	}
}
