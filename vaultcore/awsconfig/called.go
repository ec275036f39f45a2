package awsconfig

// Called is what the credential_process of a profile runs.
type Called struct {
	Profile string
	File    string // for messages: ~/.aws/config
	Line    int
	Program string // as it stands there, behind env and shells; empty for a line that cannot be read
	Ours    bool   // it is vaultbar, or aws-vault, whose place that takes
}

// Examine reads a config file once, and what its lines run, in the order of the
// profiles. A file that is not there is empty; of one that cannot be read Config.Err says
// why.
func Examine(path string) (Config, []Called) {
	e, err := edit(path)
	if err != nil {
		return Config{File: Display(path), Path: path, Err: err}, nil
	}
	var called []Called
	for _, p := range e.config.Profiles.All() {
		section := e.doc.profiles[p.Name]
		if section == nil {
			continue
		}
		key := section.keys["credential_process"]
		if key.Value == "" {
			continue
		}
		c := Called{Profile: p.Name, File: e.file, Line: key.Line}
		if command, err := parseCommand(key.Value); err == nil && len(command.words) > 0 {
			c.Program, c.Ours = command.words[0], command.ours()
		}
		called = append(called, c)
	}
	return e.config, called
}
