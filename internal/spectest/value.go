package spectest

import (
	"encoding/json"
	"strings"

	"github.com/opentrm/opentrm/internal/frame"
)

// Value is a JSON value, of any form, as a rule looks at it.
type Value struct{ any }

// All returns what stands in a place, once for each item of the lists above it: "receipts[].receipt.stage".
func (v Value) All(path string) []Value {
	at := []Value{v}
	for step := range strings.SplitSeq(path, ".") {
		name, list := strings.CutSuffix(step, "[]")
		var next []Value
		for _, x := range at {
			o, ok := x.any.(map[string]any)
			if !ok {
				continue
			}
			y, ok := o[name]
			switch items, isList := y.([]any); {
			case ok && !list:
				next = append(next, Value{y})
			case isList && list:
				for _, z := range items {
					next = append(next, Value{z})
				}
			}
		}
		at = next
	}
	return at
}

// At returns the first value in a place, and an empty one if there is none.
func (v Value) At(path string) Value {
	if all := v.All(path); len(all) > 0 {
		return all[0]
	}
	return Value{}
}

// Text returns a text, and nothing of anything else.
func (v Value) Text() string {
	s, _ := v.any.(string)
	return s
}

// Number returns a whole number, and 0 of anything else.
func (v Value) Number() int64 {
	n, _ := v.any.(json.Number)
	i, _ := n.Int64()
	return i
}

// True reports whether it is true.
func (v Value) True() bool { return v.any == true }

// List returns the items of a list.
func (v Value) List() []Value {
	items, _ := v.any.([]any)
	all := make([]Value, len(items))
	for i, x := range items {
		all[i] = Value{x}
	}
	return all
}

// Unsorted is broken where the texts of a list are not in the order of their bytes, each once. Of a list of objects the
// member named by is compared.
func Unsorted(path, by string) func(Value) bool {
	return func(v Value) bool {
		for _, list := range v.All(path) {
			last := ""
			for i, x := range list.List() {
				if by != "" {
					x = x.At(by)
				}
				if _, ok := x.any.(string); !ok {
					break // no schema takes it
				}
				if i > 0 && x.Text() <= last {
					return true
				}
				last = x.Text()
			}
		}
		return false
	}
}

// Longer is broken where a text has more bytes than most, which is not to say more characters.
func Longer(path string, most int) func(Value) bool {
	return func(v Value) bool {
		for _, x := range v.All(path) {
			if len(x.Text()) > most {
				return true
			}
		}
		return false
	}
}

// NoForm is broken where a text has no canonical form: a number that is not whole, or too large.
func NoForm(v Value) bool {
	b, err := json.Marshal(v.any)
	if err != nil {
		return true
	}
	_, err = frame.Canonical(b)
	return err != nil
}
