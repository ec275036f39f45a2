package icon

func platform(s State) []byte { return ICO(s) }
