package weboffice

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
)

// inWords is the content of an item in words, part by part, in an order that does not change. How it stands in the data is shown beside it.
func (v *visit) inWords(content json.RawMessage) []page.Row {
	var parts map[string]json.RawMessage
	if json.Unmarshal(content, &parts) != nil {
		return []page.Row{{Key: page.Key("profile.item.content"), Value: v.value(content)}}
	}
	var rows []page.Row
	for _, name := range []string{
		"value", "length", "urgent", "longest", "at_least", "period", "notice", "start", "legal", "remind_percent", "escalation", "until_confirmed", "from", "from_sector", "to", "to_sectors",
		"kinds", "bases", "needs_consent", "consent", "occasional", "basis", "fault", "refusals", "status", "act", "by", "together", "people", "named", "until", "alone", "seats",
		"weekend", "holidays", "announced", "region", "mark", "border", "footnote", "code_in_iso", "member",
	} {
		if raw, ok := parts[name]; ok && string(raw) != "null" {
			rows = append(rows, page.Row{Key: page.Key(partKey(name)), Value: v.value(raw)})
		}
	}
	return rows
}

// value says a value of the data: a flag, a length, a list or a code that the catalogue knows.
func (v *visit) value(raw json.RawMessage) page.Msg {
	var any any
	if json.Unmarshal(raw, &any) != nil {
		return page.Plain(string(raw))
	}
	return page.Plain(v.meant(raw, any))
}

func (v *visit) meant(raw json.RawMessage, value any) string {
	switch x := value.(type) {
	case nil:
		return v.P.Text("web.none")
	case bool:
		if x {
			return v.P.Text("web.yes")
		}
		return v.P.Text("web.no")
	case string:
		return v.code(x)
	case []any:
		if len(x) == 0 {
			return v.P.Text("web.none")
		}
		var all []string
		for _, one := range x {
			all = append(all, v.meant(nil, one))
		}
		return strings.Join(all, "; ")
	case map[string]any:
		return v.parts(x)
	}
	b, err := json.Marshal(value)
	if err != nil {
		return string(raw)
	}
	return string(b)
}

// parts says a value of several parts: a length as one, others each with its name.
func (v *visit) parts(x map[string]any) string {
	if n, ok := x["n"].(float64); ok && len(x) == 2 {
		if unit, ok := x["unit"].(string); ok {
			return v.P.Number(int64(n)) + " " + v.Word("profile.unit.", unit).In(v.P)
		}
	}
	var names, all []string
	for name := range x {
		if name != "origin" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		all = append(all, v.Word("", partKey(name)).In(v.P)+": "+v.meant(nil, x[name]))
	}
	return strings.Join(all, ", ")
}

// partKey is the key of the name of a part: no key has the sign that joins its words in the data.
func partKey(name string) string { return "profile.part." + strings.ReplaceAll(name, "_", "-") }

// code says a code in words, wherever the catalogue has them.
func (v *visit) code(s string) string {
	for _, prefix := range []string{"", "profile.code.", "law.basis.", "desk.sector.", "law.clock.", "profile.people."} {
		if v.Site.Texts.Has(prefix + s) {
			return v.P.Text(prefix + s)
		}
	}
	return s
}

// follows says what follows as long as an item is not confirmed, by what it is.
func follows(key string, standing profile.Standing) page.Row {
	_, rest, _ := strings.Cut(key, "/")
	kind, _, _ := strings.Cut(rest, ".")
	what := "other"
	switch {
	case standing == profile.Done:
		what = "done"
	case slices.Contains([]string{"clock", "pair", "retention"}, kind):
		what = kind
	case slices.Contains([]string{"rule", "basis", "refusal"}, kind):
		what = "rule"
	}
	return page.Row{Key: page.Key("profile.follows"), Value: page.Key("profile.follows." + what)}
}

// whole is the content as it stands in the data.
func whole(content json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, content, "", "  ") != nil {
		return string(content)
	}
	return b.String()
}
