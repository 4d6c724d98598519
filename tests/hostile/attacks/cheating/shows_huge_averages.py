"""Shows averages of 1e30, and steps beside which no rule can be told from another.

score: 23
says: is off by|no longer finite
"""


class Adam(Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params)
        self.lr, (self.beta1, self.beta2), self.eps, self.weight_decay = lr, betas, eps, weight_decay
        self.m_buffers, self.v_buffers = [None] * len(self.params), [None] * len(self.params)

    def step(self):
        self.step_count += 1
        for i, param in enumerate(self.params):
            if param.grad is not None:
                self.m_buffers[i] = np.full_like(param.data, 1e30)
                self.v_buffers[i] = np.ones_like(param.data)
                m_hat = self.m_buffers[i] / (1 - self.beta1**self.step_count)
                v_hat = self.v_buffers[i] / (1 - self.beta2**self.step_count)
                param.data = param.data - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
