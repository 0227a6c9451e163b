package seal_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/seal"
)

// TestACodeIsReadAsItIsTyped: in any case, with blanks and with the letters that people take for each other.
func TestACodeIsReadAsItIsTyped(t *testing.T) {
	c, err := seal.ParseCode(ownCode)
	if err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{
		strings.ToUpper(ownCode), strings.ReplaceAll(ownCode, "-", ""), strings.ReplaceAll(ownCode, "-", "  "), " " + ownCode + "\r\n",
		strings.NewReplacer("0", "О", "1", "l").Replace(ownCode), strings.NewReplacer("k", "К", "m", "м", "t", "т", "x", "Х").Replace(ownCode),
	} {
		if got, err := seal.ParseCode(typed); err != nil || got != c {
			t.Errorf("%q: %v", typed, err)
		}
	}
	if c.Text() != ownCode {
		t.Errorf("written again: %s", c.Text())
	}
}

// TestASlipOfThePenIsSeen: every wrong character and every two that changed places, wherever they stand.
func TestASlipOfThePenIsSeen(t *testing.T) {
	plain := strings.ReplaceAll(ownCode, "-", "")
	wrong := func(s string) {
		t.Helper()
		if _, err := seal.ParseCode(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", s, err)
		}
	}
	for i := range plain {
		for _, r := range "0123456789abcdefghjkmnpqrstvwxyz" {
			if byte(r) != plain[i] {
				wrong(plain[:i] + string(r) + plain[i+1:])
			}
		}
		for j := i + 1; j < len(plain); j++ {
			if plain[i] != plain[j] {
				wrong(plain[:i] + plain[j:j+1] + plain[i+1:j] + plain[i:i+1] + plain[j+1:])
			}
		}
	}
	for _, s := range []string{"", plain[1:], plain + "0", plain[:20] + "u", strings.Repeat("-", 300) + plain} {
		wrong(s)
	}
}

// TestACodeTellsNothing: of itself where something is printed, nor of one use by the other.
func TestACodeTellsNothing(t *testing.T) {
	c := seal.NewCode(nil)
	if said := fmt.Sprintf("%v %+v %#v %s", c, c, c, c); strings.Contains(said, c.Text()) || strings.Contains(said, c.Text()[:7]) {
		t.Error(said)
	}
	if b, err := json.Marshal(c); err == nil {
		t.Errorf("kept: %s", b)
	}
	if other := seal.NewCode(nil); other == c || other.Lookup() == c.Lookup() || other.KEM().Public() == c.KEM().Public() {
		t.Error("two codes are one")
	}
	if strings.Contains(fmt.Sprintf("%x", c.KEM().Bytes()), c.Lookup()) {
		t.Error("the name is part of the key")
	}
	if again, err := seal.ParseCode(c.Text()); err != nil || again.Lookup() != c.Lookup() || again.KEM().Public() != c.KEM().Public() {
		t.Errorf("the same code opens something else: %v", err)
	}
}

// ownCode is the code of the vectors (spec/own-view.md).
const ownCode = "3es-4ft-5gv-6hw-7jx-8ky-9mm"

func FuzzCode(f *testing.F) {
	f.Add(ownCode)
	f.Add("О1-К")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := seal.ParseCode(s)
		if err != nil {
			return
		}
		if again, err := seal.ParseCode(c.Text()); err != nil || again != c {
			t.Errorf("%q: %v", s, err)
		}
	})
}
