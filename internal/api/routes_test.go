package api_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/lang"
)

var update = flag.Bool("update", false, "write docs/openapi.yaml")

func texts(t *testing.T) *lang.Catalogue {
	t.Helper()
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDescriptionIsCommitted(t *testing.T) {
	got, err := api.Description(texts(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "docs", "openapi.yaml")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/openapi.yaml is not what the program says: go test ./internal/api -update")
	}
}

func TestRouteNamesItsActionOrSaysWhyNot(t *testing.T) {
	actions := access.Actions()
	seen := map[string]string{}
	for _, r := range api.Routes() {
		switch {
		case r.Action == "" && r.Public == "":
			t.Errorf("%s names no action and does not say why anybody may ask", r.ID)
		case r.Action != "" && r.Public != "":
			t.Errorf("%s names an action and is open to everybody", r.ID)
		case r.Action != "" && !slices.Contains(actions, r.Action):
			t.Errorf("%s names %s, which does not exist", r.ID, r.Action)
		}
		if r.Summary == "" {
			t.Errorf("%s has no summary", r.ID)
		}
		place := r.Method + " " + r.Path
		if before, twice := seen[place]; twice {
			t.Errorf("%s and %s are both at %s", before, r.ID, place)
		}
		seen[place] = r.ID
	}
}

// elsewhere says where an action without a route of this interface is done.
const elsewhere = `
	person.know task.know release.know joint.know | asked inside other use-cases, to tell hidden from missing
	referral.receive referral.release referral.expire referral.escalate joint.expire lookup.continue count.continue | done by the node
	referral.hand-over | recorded by whoever confirms the arrival, who alone can know
	fact.show | what is shown is drawn; programs read the indicators, or what is released
	fact.list | no list of single facts leaves the node
	fact.write | facts come with imports, which no face takes yet
	consent.freeze | done by the node when something arrives or runs out
	publication.receive exchange.deliver exchange.pull exchange.relay audit.witness audit.watch notice.send task.make | done by the node
	user.assign user.read | a place comes by proposal and grant; an account is read in the list
	desk.leave | leaving is desk.remove by the leaver herself
	partner.hear partner.decide partner.write partner.refer partner.cooperate partner.match | asked by the exchange of what crosses; members are listed with what they may
	roster.sign exchange.inspect | read from the roster in force; a file on the caller's own machine
	webhook.send retention.sweep retention.erase device.hear | the node does it unattended
	key.list | a page; programs read what can fail of it by key.state
	device.prepare | on a page: a device is a browser
	audit.disclose | sealed reasons open at the desk that holds the key
	cooperation.know | asked inside other use-cases, to tell hidden from missing
	cooperation.ask cooperation.write cooperation.send cooperation.answer cooperation.erase cooperation.certify cooperation.pack | on pages, where a prosecutor sees what leaves before it does; programs read requests
	docket.know | asked inside other use-cases, to tell hidden from missing
	docket.begin docket.write docket.erase | on pages, where a prosecutor sees who reads what she writes; programs read boards
	backup.make backup.restore node.init | at the machine: opentrm backup, restore, init
	unlock.list unlock.remove unlock.demand | a passkey is kept by a browser and used on a page
	token.use | asked of whatever a program asks for
	self.read self.withdraw reply.read reply.answer | pages for the person served and for desks without a node
`

func TestActionHasARouteOrAReason(t *testing.T) {
	reasons := map[access.Action]bool{}
	for line := range strings.Lines(elsewhere) {
		names, why, found := strings.Cut(line, "|")
		if strings.TrimSpace(line) != "" && (!found || strings.TrimSpace(why) == "") {
			t.Errorf("no reason in %q", line)
		}
		for _, name := range strings.Fields(names) {
			reasons[access.Action(name)] = true
		}
	}
	routed := map[access.Action]bool{}
	for _, r := range api.Routes() {
		routed[r.Action] = true
	}
	for _, a := range access.Actions() {
		switch {
		case routed[a] && reasons[a]:
			t.Errorf("%s has a route now: take its reason out", a)
		case !routed[a] && !reasons[a]:
			t.Errorf("%s has neither a route nor a reason", a)
		}
	}
	for a := range reasons {
		if !slices.Contains(access.Actions(), a) {
			t.Errorf("a reason is given for %s, which does not exist", a)
		}
	}
}
