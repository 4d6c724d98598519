class Adam(Optimizer):
    """Everything about it is wrong, so that whatever it earns was not earned."""

    m_buffers = v_buffers = [None] * 9

    def __init__(self, params, *args, **kwargs):
        super().__init__(params)

    def step(self):
        self.step_count += 1
