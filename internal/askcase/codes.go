package askcase

import (
	"strings"

	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/relation"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/transfer"
)

// codes are the lists of which the records of a case are made. Words are those of the pages, where a page shows a list.
func codes(p *lang.Printer, texts *lang.Catalogue) ([]codeLine, error) {
	cases, err := casefile.Shipped()
	if err != nil {
		return nil, err
	}
	plans, err := careplan.Shipped()
	if err != nil {
		return nil, err
	}
	children, err := childhood.Shipped()
	if err != nil {
		return nil, err
	}
	links, err := relation.Shipped()
	if err != nil {
		return nil, err
	}
	transfers, err := transfer.Shipped()
	if err != nil {
		return nil, err
	}
	consents, err := consent.Shipped()
	if err != nil {
		return nil, err
	}
	var out []codeLine
	add := func(list, prefix string, from profile.Origin, all []string) {
		for _, c := range all {
			words := ""
			if texts.Has(prefix + c) {
				words = p.Text(prefix + c)
			}
			out = append(out, codeLine{list, c, words, string(from.Status), from.Source})
		}
	}
	own := map[string]string{ // lists that pages name otherwise than the data
		casefile.ListDomain: "domain", casefile.ListFactor: "factor", casefile.ListTrigger: "trigger", casefile.ListAction: "action",
		casefile.ListCategory: "category", casefile.ListRefusal: "refusal.why", casefile.ListEmergency: "emergency",
		casefile.ListText: "mediate.text", casefile.ListMediator: "mediate.by", casefile.ListAgreed: "mediate.agreed", casefile.ListUnderstood: "mediate.understood",
		careplan.ListSaidBy: "said",
		childhood.ListAbout: "about", childhood.ListToldHow: "how", childhood.ListNoticeHow: "how", childhood.ListTold: "about",
	}
	for _, part := range []struct {
		noun  string
		lists []casefile.List
	}{{"case", cases.Lists}, {"careplan", plans.Lists}, {"childhood", children.Lists}} {
		for _, l := range part.lists {
			stem := l.Key
			if x := own[l.Key]; x != "" {
				stem = x
			}
			name := l.Key
			if part.noun == "childhood" {
				name = "child-" + strings.TrimPrefix(name, "child-") // a body and a relation are others elsewhere
			}
			add(name, part.noun+"."+stem+".", l.Origin, l.Codes)
		}
	}
	var needs, methods, kinds, categories, purposes []string
	for _, n := range plans.Needs {
		needs = append(needs, n.Code)
	}
	for _, m := range children.Methods {
		methods = append(methods, m.Code)
	}
	for _, k := range links.Kinds {
		kinds = append(kinds, k.Code)
	}
	for _, k := range consents.Categories {
		categories = append(categories, string(k.Code))
	}
	for _, x := range consent.Purposes() {
		purposes = append(purposes, string(x))
	}
	add("need", "case.service.", plans.NeedsOrigin, needs)
	add("age-method", "childhood.method.", children.MethodsOrigin, methods)
	add("link", "relation.kind.", links.Origin, kinds)
	add("link-end", "relation.end.", links.Origin, links.Ends)
	add("transfer-decline", "transfer.decline.", transfers.Origin, transfers.Declines)
	add("transfer-revoke", "transfer.revoke.", transfers.Origin, transfers.Revocations)
	add("consent-purpose", "consent.purpose.", profile.Origin{}, purposes)
	add("consent-category", "consent.category.", consents.CategoriesOrigin, categories)
	sorting.Stable(out, func(a, b codeLine) int { return strings.Compare(a.List, b.List) })
	return out, nil
}
