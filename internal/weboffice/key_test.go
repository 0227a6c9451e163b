package weboffice_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// Who answers for the keys sees which there are and what is due; nobody else does, and nothing on the page opens anything.
func TestKeysOnAPage(t *testing.T) {
	w := webtest.Pair(t)
	ada := w.As("ada")
	before := ada.Get("/keys").OK().Says("Signs the log", "In use", "focal-point", "The drill passed").Never("older than 90 days", "Waits for the list of members", "Due now")
	if n := strings.Count(before.Body, "In use"); n != len(keyring.NodeKeyUses()) {
		t.Errorf("%d keys are in use", n)
	}
	k, err := w.Node.NodeKeys.Rotate(t.Context(), w.Node.As("ada").Actor, keyring.ForEnvelopes)
	if err != nil {
		t.Fatal(err)
	}
	fingerprint := string(k.Key[:4]) + " " + string(k.Key[4:8])
	ada.Get("/keys").OK().Says(fingerprint, "Waits for the list of members", "A new key waits")
	w.Node.Net.Clock.Advance(keyring.IntakeLasts + time.Hour)
	w.As("dora").Get("/keys").OK().Says("older than 90 days", "Due now", fingerprint)
	w.Node.User("cora", access.NationalCoordinator)
	for _, login := range []string{"ana", "oto", "cora"} {
		w.As(login).Get("/keys").Is(http.StatusForbidden)
	}
}
