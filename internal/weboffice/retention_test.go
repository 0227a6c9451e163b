package weboffice_test

import (
	"bytes"
	"net/http"
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// What is due is erased on a page by two people: one proposes, the other sees the same set and confirms. A case on hold stays, and who may
// not purge is offered nothing.
func TestTwoPeopleEraseWhatIsDue(t *testing.T) {
	w := webtest.Pair(t)
	reference, _ := webtest.Due(w)
	w.Node.User("nada", access.NationalCoordinator)
	w.As("ana").Get("/retention").OK().Says(reference, "On hold", "placed by the office").Never("Propose to erase these")
	w.As("ada").Get("/retention").Is(http.StatusForbidden)
	w.As("dora").Get("/retention").OK().Says(reference, "Propose to erase these")
	purge := webtest.ProposedPurge(w)
	w.As("dora").Get(purge).OK().Says(reference, "a different person confirms it").Never("Erase for ever")
	w.As("nada").Get(purge).OK().Says("dora, Data-protection officer", "12 months", "confirmed by Ada, Administrator on 2 March 2026")
	w.As("dora").Get("/retention").OK().Never("Propose to erase these")
	w.As("ana").Get(purge).Is(http.StatusForbidden)
	nada := w.As("nada")
	nada.Get("/retention").OK().Never(reference)
	digest := nada.Get(purge).OK().Says("Records", "focal-point", "Erase for ever").Never(reference).Find(`name="digest" value="([0-9a-f]{64})"`)
	w.As("dora").Do(http.MethodPost, purge+"/confirm", url.Values{"digest": {digest}}).Is(http.StatusForbidden)
	nada.Do(http.MethodPost, purge+"/confirm", url.Values{"digest": {"0"}}).Is(http.StatusConflict)
	nada.Post(purge+"/confirm", url.Values{"digest": {digest}}).OK().Says("erased for ever", "Erased")
	w.As("ana").Get("/retention").OK().Says("Nothing is due", "On hold").Never(reference)
}

// A case is put on hold by the reference somebody was told; what is wrong is said where it is wrong, and only the office lifts what it placed.
func TestCaseIsPutOnHoldOnAPage(t *testing.T) {
	w := webtest.Pair(t)
	reference, office := webtest.Due(w)
	ana := w.As("ana")
	why := url.Values{"reference": {reference}, "ground": {"order"}, "words": {"an invented order"}}
	for field, wrong := range map[string]string{"ground": "", "words": "no", "reference": "abc"} {
		bad := url.Values{"reference": why["reference"], "ground": why["ground"], "words": why["words"]}
		bad.Set(field, wrong)
		ana.Do(http.MethodPost, "/retention/holds", bad).Is(http.StatusUnprocessableEntity).Find(`id="(` + field + `-error)"`)
	}
	ana.Post("/retention/holds", why).OK().Says("The case is on hold", "Order of a court or prosecutor").Never("an invented order")
	w.As("dora").Get("/retention").OK().Never("Propose to erase these")
	w.As("dora").Get("/retention/holds/"+string(office)).OK().Says("Complaint, placed by the office", "can be erased when its period is over")
	lift := url.Values{"ground": {"settled"}, "words": {"it was settled"}}
	ana.Do(http.MethodPost, "/retention/holds/"+string(office), lift).Is(http.StatusForbidden)
	w.As("dora").Do(http.MethodPost, "/retention/holds/"+string(office), url.Values{"words": {"it was settled"}}).Is(http.StatusUnprocessableEntity).Find(`id="(ground-error)"`)
	w.As("dora").Post("/retention/holds/"+string(office), lift).OK().Says("The hold is lifted")
}

// After a restore the page says that holds may be lost and offers no purge; who may purge says that they are whole, and then it does.
func TestRestoredNodeAsksForItsHoldsOnAPage(t *testing.T) {
	w := webtest.Pair(t)
	reference, _ := webtest.Due(w)
	var content, keys bytes.Buffer
	if _, err := w.Node.Backups.Make(t.Context(), nodetest.Console("MK"), &content, &keys); err != nil {
		t.Fatal(err)
	}
	w.Node.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())})
	w = webtest.At(t, w.Node)
	w.As("ana").Get("/retention").OK().Says(reference, "This node was restored").Never("The holds are whole")
	w.As("ana").Do(http.MethodPost, "/retention/settled", nil).Is(http.StatusForbidden)
	dora := w.As("dora")
	dora.Get("/retention").OK().Says(reference, "This node was restored", "The holds are whole").Never("Propose to erase these")
	dora.Do(http.MethodPost, "/retention/purges", nil).Is(http.StatusConflict)
	dora.Post("/retention/settled", nil).OK().Says("The holds are whole.", "Propose to erase these").Never("This node was restored")
	dora.Do(http.MethodPost, "/retention/settled", nil).Is(http.StatusConflict)
}
