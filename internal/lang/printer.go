package lang

import (
	"fmt"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
)

// Printer says messages, dates, numbers and names in one language.
type Printer struct {
	tag      Tag
	dir      string
	plurals  plurals
	names    *table
	english  *Printer // what a message falls back to; nil for English
	messages map[string]message
	notes    map[string]bool // countries whose name bears a mark
}

// Said is a message as it came out.
type Said struct {
	Text string
	From Tag  // the language it is in; differs from the printer's where a translation is missing
	OK   bool // false if no language has the message, or a variable or a plural form was missing
}

// Tag returns the language of p.
func (p *Printer) Tag() Tag { return p.tag }

// Dir returns "ltr" or "rtl", the direction of writing.
func (p *Printer) Dir() string { return p.dir }

// Text says the message with this key. The args are names and values of its variables in turn:
//
//	p.Text("referral.limit", "limit", 5)
//
// Integers are written as the language writes numbers; every other value as [fmt.Sprint] writes it.
// A missing variable comes out as "…", a missing message as "⟦key⟧", so that the rest is still said.
func (p *Printer) Text(key string, args ...any) string { return p.Say(key, args...).Text }

// Plural says the message with this key in the plural form that n needs. The message has n as {{.n}}.
func (p *Printer) Plural(key string, n int, args ...any) string {
	return p.say(key, &n, p.arguments(append(args[:len(args):len(args)], "n", n))).Text
}

// Say is [Printer.Text] that also tells whether the message was found, and in which language.
func (p *Printer) Say(key string, args ...any) Said {
	return p.say(key, nil, p.arguments(args))
}

// Fault says why a call failed: what [fault.Public] lets be shown of err, never its cause. Err must not be nil.
func (p *Printer) Fault(err error) string {
	_, key, public := fault.Public(err)
	args := make(map[string]string, len(public))
	for name, value := range public {
		args[name] = value
	}
	return p.say(key, nil, args).Text
}

// say says the message with this key, in the plural form that *n needs. If the language lacks that form, the text is its general form.
func (p *Printer) say(key string, n *int, args map[string]string) Said {
	m, form := p.messages[key], other
	if n != nil {
		form = p.plurals.form(*n)
	}
	text, whole := m.in(form), true
	if text == "" && form != other {
		text, whole = m.in(other), false
	}
	switch {
	case text == "" && p.english != nil:
		said := p.english.say(key, n, args)
		if !p.english.has(key) {
			said.From = p.tag
		}
		return said
	case text == "":
		return Said{Text: "⟦" + key + "⟧", From: p.tag}
	}
	text, filled := fillIn(text, args)
	return Said{Text: text, From: p.tag, OK: filled && whole}
}

func (p *Printer) has(key string) bool { _, ok := p.messages[key]; return ok }

// arguments turns names and values in turn into a map. A name that is no string, or one without a value,
// is a slip of the programmer that a test of the screen shows as "…".
func (p *Printer) arguments(args []any) map[string]string {
	out := make(map[string]string, len(args)/2)
	for pair := range slices.Chunk(args, 2) {
		name, ok := pair[0].(string)
		if !ok || len(pair) < 2 {
			continue
		}
		switch v := pair[1].(type) {
		case int:
			out[name] = p.Number(int64(v))
		case int64:
			out[name] = p.Number(v)
		default:
			out[name] = fmt.Sprint(v)
		}
	}
	return out
}
