package webtest

import (
	"time"

	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
)

// Rostered puts somebody on duty at her desk for three days from eight to six, with the nights between them left to nobody.
func Rostered(w *World, login string) {
	w.T.Helper()
	by := w.Node.As(login).Actor
	_, mark, err := w.Node.Desks.Duty(w.T.Context(), by, by.Desk, 0)
	morning := w.Node.Net.Clock.Now().Truncate(24 * time.Hour).Add(8 * time.Hour)
	var all []desk.Shift
	for day := range 3 {
		from := morning.AddDate(0, 0, day)
		all = append(all, desk.Shift{Desk: by.Desk, User: by.User, From: frame.At(from), To: frame.At(from.Add(10 * time.Hour))})
	}
	if err == nil {
		_, err = w.Node.Desks.Schedule(w.T.Context(), by, by.Desk, mark, frame.At(morning), all)
	}
	if err != nil {
		w.T.Fatal(err)
	}
}
