package webnetwork_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// form is a form with a file in it.
func form(t *testing.T, file []byte, fields map[string]string) (string, *bytes.Buffer) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", "roster.json")
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), &b
}

// The coordinator sees who belongs to the network and what each kind takes part in, looks at a list that is handed round, and reads what is open before a
// member can leave; the administrator takes the list in when enough have signed it, and not before.
func TestAListOfMembersIsLookedAtAndTakenIn(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"), nodetest.At("RS"))
	mk := webtest.At(t, n.Node("MK"))
	n.Node("MK").User("cora", access.NationalCoordinator)
	cora, ada := mk.As("cora"), mk.As("ada")
	cora.Get("/members").OK().Find(`href="(/members/roster)"`)
	cora.Get("/members/roster").OK().Says("Moldova", "Country", "Takes part", "2 of 3", "Requests of prosecutors", "Moldova joins (Country).", "An observer hears")

	webtest.Published(mk.As("ana"), webtest.MeetingForm()) // of November, whose presidency was Kosovo*
	cora.Get("/members/roster").OK().Says("Presidency Kosovo*", "13 November 2025").Never("Presidency after that")

	suspend := func(r *member.Roster) {
		for i := range r.Members {
			if r.Members[i].ID == "RS" {
				r.Members[i].Status = member.Suspended
			}
		}
	}
	before := n.Roster
	few, err := n.Next(suspend, "MD").Encode()
	if err != nil {
		t.Fatal(err)
	}
	n.Roster = before
	enough, err := n.Next(suspend, "MD", "MK").Encode()
	if err != nil {
		t.Fatal(err)
	}
	send := func(who *webtest.Somebody, file []byte, do string) webtest.Answer {
		kind, body := form(t, file, map[string]string{"do": do})
		return who.Raw(http.MethodPost, "/members/next", kind, body.Bytes())
	}
	send(cora, few, "look").OK().Says("Serbia is suspended.", "1 of 2 needed signatures are good.", "Too few members have signed this list.").Never("Take it in")
	send(cora, []byte("{}"), "look").Is(http.StatusUnprocessableEntity)
	send(cora, enough, "take").Is(http.StatusForbidden)
	send(ada, few, "take").Is(http.StatusForbidden)
	cora.Get("/members/RS/leaving").OK().Says("It is suspended", "A list with it as suspended needs 2 of 3 signatures.", "Its founding key is taken out", "Last of all")
	send(ada, enough, "look").OK().Says("2 of 2 needed signatures are good.", "Take it in")
	send(ada, enough, "take")
	cora.Get("/members/roster").OK().Says("Serbia is suspended.", "Suspended", "Moldova and North Macedonia")
	cora.Get("/members/RS/leaving").OK().Never("A list with it as suspended needs")
	cora.Get("/members/XX/leaving").Is(http.StatusNotFound)
}
