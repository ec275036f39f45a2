package person

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// scene is a screen with a person before it, whose answers a test gives.
type scene struct {
	mu      sync.Mutex
	asked   []vaultcore.Question
	pages   []string
	gone    int // questions that were withdrawn
	signed  []string
	desktop bool
	answers chan string
	waiting vaultcore.Audience // of the latest question
}

func (s *scene) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	s.mu.Lock()
	s.asked = append(s.asked, q)
	s.waiting = vaultcore.AudienceOf(ctx)
	s.mu.Unlock()
	select {
	case answer := <-s.answers:
		if !q.Allows(answer) {
			return vaultcore.Secret{}, vaultcore.ErrCanceled
		}
		return vaultcore.NewSecret(answer), nil
	case <-ctx.Done():
		s.mu.Lock()
		s.gone++
		s.mu.Unlock()
		return vaultcore.Secret{}, ctx.Err()
	}
}

func (s *scene) Show(_ context.Context, _ string, address vaultcore.Secret, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages = append(s.pages, address.Reveal())
	return nil
}

func (s *scene) Shows(context.Context) bool { return s.desktop }

func (s *scene) signedIn(_ context.Context, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signed = append(s.signed, name)
}

// signs is a source that signs in at AWS's page, which finish brings the browser back
// from.
type signs struct {
	attempts *SignIns
	scene    *scene
	finish   chan string
}

func newSigns(desktop bool) *signs {
	scene := &scene{desktop: desktop, answers: make(chan string)}
	return &signs{New(scene, scene, scene.signedIn, slog.New(slog.DiscardHandler)), scene, make(chan string)}
}

// elsewhere is what every question of the sign-in says of where it goes.
const elsewhere = "Requests go to http://127.0.0.1:4566."

func (s *signs) page(ctx context.Context) (string, error) {
	select {
	case token := <-s.finish:
		return token, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func (s *signs) signIn(ctx context.Context, way *vaultcore.SignInWay, caller *vaultcore.Caller) (string, error) {
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(caller))
	return Share(ctx, s.attempts, "corp", way, func(ctx context.Context, attempt *Attempt) (token string, err error) {
		err = attempt.SignIn(ctx, Ways{
			Name: "corp", Notice: elsewhere,
			Browser: func(ctx context.Context, show func(string) error) error {
				if err := show("https://aws/page"); err != nil {
					return err
				}
				token, err = s.page(ctx)
				return err
			},
			Device: func(ctx context.Context, show func(Code) error) error {
				if err := show(Code{User: "ABCD-EFGH", Address: "https://aws/device", Page: "https://aws/device?ABCD-EFGH"}); err != nil {
					return err
				}
				token, err = s.page(ctx)
				return err
			},
		})
		return token, err
	})
}

func terraform() *vaultcore.Caller {
	return &vaultcore.Caller{Program: "terraform", Dir: "~/infra", Profile: "dev"}
}

func atTerminal() *vaultcore.Caller {
	return &vaultcore.Caller{Program: "vaultbar", Terminal: vaultcore.TerminalAttended, Person: func() bool { return true }}
}

// TestOneForAll: programs that wait share one question, which names and counts them
// all, and one page; who started it may leave.
func TestOneForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSigns(true)
		first, leave := context.WithCancel(t.Context())
		starter := make(chan error, 1)
		go func() { _, err := s.signIn(first, nil, terraform()); starter <- err }()
		synctest.Wait()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if token, err := s.signIn(t.Context(), nil, terraform()); token != "token" || err != nil {
					t.Errorf("got %q, %v", token, err)
				}
			})
		}
		synctest.Wait()
		if n := len(s.scene.waiting.Callers()); n != 21 {
			t.Errorf("%d wait by what the question says", n)
		}
		leave()
		if err := <-starter; !errors.Is(err, context.Canceled) {
			t.Errorf("who left got %v", err)
		}
		if n := len(s.scene.waiting.Callers()); n != 20 {
			t.Errorf("%d wait after one has left", n)
		}
		if len(s.scene.pages) != 0 {
			t.Error("a page without a person")
		}
		s.scene.answers <- answerYes
		s.finish <- "token"
		all.Wait()
		if len(s.scene.asked) != 1 || len(s.scene.pages) != 1 {
			t.Errorf("%d questions, %d pages", len(s.scene.asked), len(s.scene.pages))
		}
		if !slices.Equal(s.scene.signed, []string{"corp"}) {
			t.Errorf("signed in for something else: %q", s.scene.signed)
		}
	})
}

// TestNobodyLeft: what nobody waits for any more ends.
func TestNobodyLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSigns(true)
		ctx, leave := context.WithCancel(t.Context())
		go func() { _, _ = s.signIn(ctx, nil, terraform()) }()
		synctest.Wait()
		leave()
		synctest.Wait()
		s.attempts.mu.Lock()
		left := s.attempts.attempts.WorkLocked("corp")
		s.attempts.mu.Unlock()
		if s.scene.gone != 1 || left != nil {
			t.Errorf("%d questions withdrawn, a sign-in is in progress: %v", s.scene.gone, left != nil)
		}
	})
}

// TestEnded: all who wait for a sign-in that is ended hear why.
func TestEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSigns(true)
		got := make(chan error, 1)
		go func() { _, err := s.signIn(t.Context(), nil, terraform()); got <- err }()
		synctest.Wait()
		s.attempts.End("corp", vaultcore.ErrBusy)
		if err := <-got; !errors.Is(err, vaultcore.ErrBusy) {
			t.Errorf("got %v", err)
		}
	})
}

// TestInPerson: who comes to wait in person is the yes to the question that was open
// for others. A program that only says so is not.
func TestInPerson(t *testing.T) {
	lies := &vaultcore.Caller{Program: "agent", Terminal: vaultcore.TerminalAttended, Person: func() bool { return false }}
	silent := atTerminal()
	silent.Prompt = vaultcore.PromptNone
	click := vaultcore.Click("dev")
	for name, test := range map[string]struct {
		caller *vaultcore.Caller
		pages  int
	}{
		"a click": {&click, 1}, "a person at a terminal": {atTerminal(), 1},
		"a program's word": {lies, 0}, "--prompt=none": {silent, 0}, "a program": {terraform(), 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSigns(true)
				ctx, leave := context.WithCancel(t.Context())
				go func() { _, _ = s.signIn(ctx, nil, terraform()) }()
				synctest.Wait()
				go func() { _, _ = s.signIn(ctx, &vaultcore.SignInWay{}, test.caller) }()
				synctest.Wait()
				if len(s.scene.pages) != test.pages || s.scene.gone != test.pages {
					t.Errorf("%d pages, %d questions withdrawn; want %d", len(s.scene.pages), s.scene.gone, test.pages)
				}
				leave()
				synctest.Wait()
			})
		})
	}
}

// TestRefused: a no is the answer to all who wait.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSigns(true)
		got := make(chan error, 1)
		go func() { _, err := s.signIn(t.Context(), nil, terraform()); got <- err }()
		synctest.Wait()
		s.scene.answers <- answerNo
		if err := <-got; !errors.Is(err, vaultcore.ErrCanceled) {
			t.Errorf("got %v", err)
		}
		if s.scene.asked[0].Notice != elsewhere {
			t.Errorf("asked %+v", s.scene.asked[0])
		}
	})
}

// TestAgain: a person who asks to sign in while a page is open is shown a new one, by
// the way that they want now; a program that asks is not.
func TestAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSigns(true)
		got := make(chan error, 3)
		ask := func(way vaultcore.SignInWay, caller *vaultcore.Caller) {
			go func() { _, err := s.signIn(t.Context(), &way, caller); got <- err }()
			synctest.Wait()
		}
		ask(vaultcore.SignInWay{}, atTerminal())
		ask(vaultcore.SignInWay{DeviceCode: true}, terraform())
		if len(s.scene.asked) != 0 || len(s.scene.pages) != 1 {
			t.Errorf("%d questions, %d pages", len(s.scene.asked), len(s.scene.pages))
		}
		ask(vaultcore.SignInWay{DeviceCode: true}, atTerminal())
		if len(s.scene.asked) != 1 || s.scene.asked[0].Address != "https://aws/device" {
			t.Errorf("asked %+v", s.scene.asked)
		}
		s.finish <- "token"
		for range 3 {
			if err := <-got; err != nil {
				t.Error(err)
			}
		}
		if len(s.scene.signed) > 0 {
			t.Error("a sign-in that was asked for is taken for one within something else")
		}
	})
}

// TestWays: how a person signs in who asks to, and what they are shown.
func TestWays(t *testing.T) {
	far := atTerminal()
	far.Remote = true
	for name, test := range map[string]struct {
		desktop bool
		caller  *vaultcore.Caller
		way     vaultcore.SignInWay
		page    string   // that is opened
		address string   // that is shown
		choices []string // beside it
	}{
		"a browser":              {desktop: true, caller: atTerminal(), page: "https://aws/page"},
		"no desktop":             {caller: atTerminal(), address: "https://aws/device", choices: []string{answerNo}},
		"over ssh":               {desktop: true, caller: far, address: "https://aws/device", choices: []string{answerNo}},
		"a code":                 {desktop: true, caller: atTerminal(), way: vaultcore.SignInWay{DeviceCode: true}, address: "https://aws/device", choices: []string{answerNo, answerOpen}},
		"an address":             {desktop: true, caller: atTerminal(), way: vaultcore.SignInWay{NoBrowser: true}, address: "https://aws/page", choices: []string{answerNo}},
		"an address, no desktop": {caller: atTerminal(), way: vaultcore.SignInWay{NoBrowser: true}, address: "https://aws/page", choices: []string{answerNo}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSigns(test.desktop)
				got := make(chan error, 1)
				go func() { _, err := s.signIn(t.Context(), &test.way, test.caller); got <- err }()
				synctest.Wait()
				if !slices.Equal(s.scene.pages, slices.DeleteFunc([]string{test.page}, func(p string) bool { return p == "" })) {
					t.Errorf("opened %q", s.scene.pages)
				}
				if (test.address != "") != (len(s.scene.asked) == 1) {
					t.Fatalf("shown %+v", s.scene.asked)
				}
				for _, q := range s.scene.asked {
					var choices []string
					for _, c := range q.Choices {
						choices = append(choices, c.ID)
					}
					if q.Address != test.address || q.Notice != elsewhere || !slices.Equal(choices, test.choices) {
						t.Errorf("shown %q, %q with %q", q.Notice, q.Address, choices)
					}
				}
				s.finish <- "token"
				if err := <-got; err != nil {
					t.Error(err)
				}
				synctest.Wait()
				if s.scene.gone != len(s.scene.asked) {
					t.Errorf("%d of %d questions are gone", s.scene.gone, len(s.scene.asked))
				}
			})
		})
	}
}

// TestOpenPage: the page of a code is opened from its question, which then stays; who
// cancels it ends the sign-in.
func TestOpenPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSigns(true)
		got := make(chan error, 1)
		go func() {
			_, err := s.signIn(t.Context(), &vaultcore.SignInWay{DeviceCode: true}, atTerminal())
			got <- err
		}()
		synctest.Wait()
		s.scene.answers <- answerOpen
		synctest.Wait()
		if !slices.Equal(s.scene.pages, []string{"https://aws/device?ABCD-EFGH"}) || len(s.scene.asked) != 2 {
			t.Errorf("opened %q after %d questions", s.scene.pages, len(s.scene.asked))
		}
		s.scene.answers <- answerNo
		if err := <-got; !errors.Is(err, vaultcore.ErrCanceled) {
			t.Errorf("got %v", err)
		}
	})
}
