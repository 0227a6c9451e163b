package keyring_test

import (
	"bytes"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
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

// What is sealed to oneself opens for nobody else, and for nothing else.
func TestWhatIsSealedToOneselfNeedsThePersonsKeys(t *testing.T) {
	mine, hers := seal.NewUserKeys(nil), seal.NewUserKeys(nil)
	me, she := keyring.NewBearer(access.Actor{}, &mine), keyring.NewBearer(access.Actor{}, &hers)
	sealed := me.SealOwn([]byte("here"), []byte("a link"))
	if bytes.Contains(sealed, []byte("a link")) {
		t.Errorf("%q is not sealed", sealed)
	}
	if plain, err := me.OpenOwn([]byte("here"), sealed); err != nil || string(plain) != "a link" {
		t.Errorf("%q, %v", plain, err)
	}
	if _, err := me.OpenOwn([]byte("there"), sealed); err == nil {
		t.Error("it opens elsewhere")
	}
	if _, err := she.OpenOwn([]byte("here"), sealed); err == nil {
		t.Error("it opens for another")
	}
	mine.Wipe()
	if _, err := me.OpenOwn([]byte("here"), sealed); !fault.Is(err, fault.Locked) || me.SealOwn(nil, nil) != nil {
		t.Errorf("without keys: %v", err)
	}
}
