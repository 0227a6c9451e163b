package spectest

import (
	"encoding/json"
	"slices"
	"strings"
)

// nodes expands a part of a schema into itself and all that it refers to at the same place.
func (m *maker) nodes(n any) []map[string]any {
	o, ok := n.(map[string]any)
	if !ok {
		return nil
	}
	all := []map[string]any{o}
	if ref, ok := o["$ref"].(string); ok {
		var to any = m.doc
		for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			in, _ := to.(map[string]any)
			to = in[part]
		}
		all = append(all, m.nodes(to)...)
	}
	for _, k := range []string{"if", "then", "else"} {
		all = append(all, m.nodes(o[k])...)
	}
	for _, k := range []string{"allOf", "oneOf", "anyOf"} {
		list, _ := o[k].([]any)
		for _, x := range list {
			all = append(all, m.nodes(x)...)
		}
	}
	return all
}

// below returns the parts of a schema for a member of what it describes, or with "[]" for its items.
func (m *maker) below(at []map[string]any, step string) []map[string]any {
	var all []map[string]any
	for _, n := range at {
		next := n["items"]
		if step != "[]" {
			props, _ := n["properties"].(map[string]any)
			if next = props[step]; next == nil {
				next = n["additionalProperties"]
			}
		}
		all = append(all, m.nodes(next)...)
	}
	return all
}

// numbers collects the values of some keywords.
func numbers(at []map[string]any, keywords ...string) []int64 {
	var all []int64
	for _, n := range at {
		for _, k := range keywords {
			if x, ok := n[k].(json.Number); ok {
				if i, err := x.Int64(); err == nil && !slices.Contains(all, i) {
					all = append(all, i)
				}
			}
		}
	}
	return all
}

// listed collects the values that a schema lists.
func listed(at []map[string]any) []any {
	var all []any
	for _, n := range at {
		if c, ok := n["const"]; ok {
			all = append(all, c)
		}
		list, _ := n["enum"].([]any)
		all = append(all, list...)
	}
	return all
}
