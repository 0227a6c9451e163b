package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/store/storetest"
)

// small names the tables that are read whole by design: they hold a line for each epoch, desk, officer or member, or
// what is erased, forked or waits at the moment. Every other statement must find its rows by an index, because outbox,
// inbox, cases and log only ever grow.
var small = map[string]bool{
	"audit_epoch": true, "audit_head": true, "audit_checkpoint": true, // in the order of their key, the newest first
	"desk": true, "account": true, "session": true, "authority_holder": true, "node_key": true, "member_block": true,
	"member_roster": true, "recovery_offer": true, "recovery_paper": true, "recovery_officer": true, "erasure": true, "profile_confirmation": true, "profile_retention": true, "webhook": true, "webhook_change": true, "service_account": true,
	"audit_fork": true, "publication_fork": true, "publication_mark": true, "notice": true, "exchange_in_body": true, "exchange_out_body": true, "counted": true, // before the last load of an old dump
	"awaited":       true, // what a statement has counted off first
	"lookup_heard":  true, // what others have asked and nobody has looked at yet
	"lookup_demand": true, // what officers drew, some each month, for a year
	"fact_snapshot": true, // what was reported, some each year
}

// waiting names statements that read a partial index from end to end: of what waits at the moment, and nothing else.
var waiting = map[string]string{"inParked": "exchange_in_parked", "outWaitingAll": "exchange_out_due", "outQueues": "exchange_out_due", "inParkedLetters": "exchange_in_parked", "waitingSearches": "search_made_waits", "openTasksIn": "task_inbox", "staleOwnViews": "own_view_stale"}

// whole names statements that are for all rows of a table: once after a restore, of lights, of which there is one for a service, and of requests of prosecutors, whose days are counted.
var whole = map[string]string{"unconfirmConsents": "consent", "setUnsorted": "case_unsorted", "setUnsortedReferrals": "referral", "lightsSince": "directory_capacity", "cooperationPast": "cooperation", "homes": "publication_home"}

// wrong names statements for which the planner may not take an index that holds far more than what is asked.
var wrong = map[string]string{"inAt": "exchange_in_sender", "referralOfBundle": "referral_desk"}

// walked names statements that read a table in its own order from a place on, with the reason why that ends soon.
var walked = map[string]string{
	"dropSpentChallenges": "each that it finds is deleted", "dropKeptFormsBefore": "each that it finds is deleted",
	"organisations": "a page of all", "publications": "a page of all", "factsAfter": "a page of all", "helpAfter": "a page of all", "unnamedAfter": "a page of all", "intakeRunsBefore": "a page of all",
	"referrals": "a page of every desk's", "tasks": "what has ended, which nobody waits for", "alerts": "the newest", "countRuns": "the newest", "regions": "the newest",
	"dropMailBefore": "what is over", "dropAnswers": "what is over", "forgetSearches": "what is over", "forgetAccess": "what is over", "forgetLookupLog": "what is over", "forgetLookupOpenings": "what is over",
	"lookupLog": "a page of all", "lookupsEnrolled": "a page of all",
	"unsortedCases": "cases from before that nobody has opened", "outDue": "what waits", "outIsDue": "what waits",
	"devices": "what was prepared lately", "dropDevices": "what is over", "dropDeviceDrafts": "what is over",
}

func TestStatementsFindTheirRows(t *testing.T) {
	db := storetest.OpenSQLite(t, nil)
	files, err := filepath.Glob("rows/*.sql.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no statements", err)
	}
	text := regexp.MustCompile("(?s)const (\\w+) = `(.*?)`")
	scan := regexp.MustCompile(`SCAN (\w+)( USING (?:COVERING )?INDEX (\w+))?`)
	walk := regexp.MustCompile(`SEARCH (\w+) USING (?:PRIMARY KEY|INDEX \w+) \(\w+[<>]\?\)`)
	named := regexp.MustCompile(`(?:FROM|UPDATE|JOIN|INTO) (\w+)`)
	seen := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range text.FindAllStringSubmatch(string(b), -1) {
			name, query := m[1], m[2]
			plan, err := db.Plan(t.Context(), query)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			seen++
			if bad := wrong[name]; bad != "" && strings.Contains(plan, bad) {
				t.Errorf("%s reads %s: %s", name, bad, plan)
			}
			for _, s := range walk.FindAllStringSubmatch(plan, -1) {
				if walked[name] == "" {
					t.Errorf("%s walks through %s from a place on: %s", name, s[1], plan)
				}
			}
			for _, s := range scan.FindAllStringSubmatch(plan, -1) {
				table := s[1]
				if table == "CONSTANT" {
					continue // a row of no table
				}
				if len(table) == 1 { // an alias
					table = named.FindStringSubmatch(query)[1]
				}
				if !small[table] && whole[name] != table && (waiting[name] == "" || waiting[name] != s[3]) {
					t.Errorf("%s reads the whole of %s: %s", name, table, plan)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d statements were looked at", seen)
	}
}
