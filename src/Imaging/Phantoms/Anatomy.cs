namespace SAMed.MLNet.Imaging.Phantoms;

/// <summary>One patient's organs in painting order (later ones cover earlier ones), with this patient's places, sizes, shapes and contrast phase.</summary>
internal sealed class Anatomy
{
    private readonly PhantomRandom _random;
    private readonly double _vary;
    private readonly double _enhancement;

    private Anatomy(PhantomRandom random, double vary)
    {
        (_random, _vary) = (random, vary);
        _enhancement = 0.5 + random.Around(0.5 * Math.Min(vary, 1));
    }

    public static IReadOnlyList<Structure> Draw(PhantomRandom random, double vary)
    {
        var anatomy = new Anatomy(random, vary);
        return [.. anatomy.Background(), .. anatomy.UpperOrgans(), .. anatomy.Retroperitoneum(), .. anatomy.Skeleton()];
    }

    private List<Structure> Background()
    {
        List<Structure> structures = [Plain(45 + Jitter(8), Tube((0.30, -0.50, -0.1), (0.22, -0.52, 0.75), 0.13, 4)),
            Plain(45 + Jitter(8), Tube((-0.30, -0.50, -0.1), (-0.22, -0.52, 0.75), 0.13, 4))];
        // Bowel fills the lower front; its loops have no label and lie where they like.
        for (var loop = 0; loop < 9; loop++)
        {
            double u = _random.Around(0.6), v = _random.Between(0.02, 0.6), w = _random.Between(-0.05, 0.38);
            var radius = _random.Between(0.09, 0.16);
            var wall = new Blob(u, v, w, radius, radius, radius, 0, 0.25, _random);
            structures.Add(Plain(_random.Between(15, 65), wall));
            if (loop % 3 == 0)
            {
                structures.Add(Plain(-700, new Blob(u, v + (0.3 * radius), w, 0.6 * radius, 0.45 * radius, 0.7 * radius, 0, 0.1, _random)));
            }
        }
        return structures;
    }

    private List<Structure> UpperOrgans()
    {
        var liverHu = 66 + (38 * _enhancement) + Jitter(5);
        var liver = Organ(5, liverHu, Soft(0.44, 0.0, 0.68, 0.46, 0.62, 0.46, 0, 0.22), Soft(0.02, 0.36, 0.74, 0.46, 0.24, 0.24, -12, 0.22));
        var spleen = Organ(1, 88 + (30 * _enhancement) + Jitter(4), Soft(-0.62, -0.26, 0.66, 0.20, 0.34, 0.27, 14, 0.2)) with
        {
            Holes = [Soft(-0.38, -0.12, 0.66, 0.14, 0.26, 0.3, 14, 0.1)],
        };
        var fundus = Soft(-0.38, 0.16, 0.68, 0.23, 0.25, 0.24, 0, 0.2);
        var antrum = Soft(-0.16, 0.34, 0.50, 0.24, 0.15, 0.13, -15, 0.2);
        var stomach = Organ(6, 40 + Jitter(16), fundus, antrum);
        var gas = new Blob(fundus.U, fundus.V + (0.5 * fundus.RadiusV), fundus.W + 0.02, 0.55 * fundus.RadiusU, 0.3 * fundus.RadiusV, 0.6 * fundus.RadiusW, 0, 0.1, _random);
        var gallbladder = Organ(4, 12 + Jitter(10), Soft(0.34, 0.40, 0.44, 0.125, 0.15, 0.14, 20, 0.15));
        // The lungs hang down behind the domes of the diaphragm and cut what reaches too high.
        var right = Soft(0.50, -0.35, 1.12, 0.5, 0.45, 0.30, 0, 0.15);
        var left = Soft(-0.50, -0.35, 1.12, 0.5, 0.45, 0.26, 0, 0.15);
        return [liver, spleen, stomach, Organ(6, -820, gas), gallbladder, Plain(-860 + Jitter(25), right, left)];
    }

    private List<Structure> Retroperitoneum()
    {
        var kidneyHu = 160 + (24 * ((2 * _enhancement) - 1)) + Jitter(6);
        var rightKidney = Organ(2, kidneyHu, Soft(0.42, -0.34, 0.30, 0.155, 0.20, 0.27, 20, 0.12));
        var leftKidney = Organ(3, kidneyHu + Jitter(4), Soft(-0.42, -0.34, 0.36, 0.155, 0.20, 0.27, -20, 0.12));
        var pancreasHu = 72 + (26 * _enhancement) + Jitter(3);
        (double U, double V, double W) head = (0.16 + Jitter(0.025), 0.02 + Jitter(0.025), 0.38 + Jitter(0.025));
        (double U, double V, double W) neck = (-0.08 + Jitter(0.025), 0.13 + Jitter(0.025), 0.46 + Jitter(0.025));
        (double U, double V, double W) tail = (-0.44 + Jitter(0.025), -0.06 + Jitter(0.025), 0.53 + Jitter(0.025));
        var pancreas = Organ(8, pancreasHu, [.. Tube(head, neck, 0.105, 4), .. Tube(neck, tail, 0.085, 5)]);
        var vesselHu = 185 + (30 * ((2 * _enhancement) - 1)) + Jitter(6);
        var cava = Plain(vesselHu - 55 + Jitter(15), Tube((0.13 + Jitter(0.02), -0.20, -0.1), (0.15 + Jitter(0.02), -0.16, 1.1), 0.075, 9));
        var aorta = Organ(7, vesselHu, Tube((-0.06 + Jitter(0.02), -0.21 + Jitter(0.02), -0.12), (-0.09 + Jitter(0.02), -0.20 + Jitter(0.02), 1.12), 0.078, 11));
        return [WithSinus(rightKidney, -1), WithSinus(leftKidney, 1), pancreas, cava, aorta];
    }

    private List<Structure> Skeleton()
    {
        List<Structure> structures = [
            Plain(230 + Jitter(50), Tube((0, -0.47, -0.1), (0, -0.47, 1.1), 0.145, 9)) with { InCavity = false },
            Plain(330 + Jitter(50), Tube((0.0, -0.72, -0.1), (0.0, -0.72, 1.1), 0.10, 9)) with { InCavity = false },
            Plain(35, Tube((0, -0.66, -0.1), (0, -0.66, 1.1), 0.05, 13)) with { InCavity = false },
        ];
        // Ribs slope, so a slice cuts each as a short oval in the wall.
        for (var rib = 0; rib < 6; rib++)
        {
            var angle = (-150 + (60 * rib)) * Math.PI / 180;
            var (sin, cos) = Math.SinCos(angle);
            var scale = 0.815 / BodyFrame.Radius(cos, sin);
            var place = new Blob(cos * scale, sin * scale, 0.78, 0.055, 0.05, 0.35, 0, 0.1, _random);
            structures.Add(Plain(350 + Jitter(60), place) with { InCavity = false });
        }
        return structures;
    }

    // The renal sinus: fat that opens towards the spine.
    private Structure WithSinus(Structure kidney, int towardsSpine)
    {
        var body = kidney.Parts[0];
        var sinus = new Blob(body.U + (towardsSpine * 0.75 * body.RadiusU), body.V + 0.03, body.W, 0.5 * body.RadiusU, 0.4 * body.RadiusV, 0.42 * body.RadiusW, 0, 0.1, _random);
        return kidney with { Holes = [sinus] };
    }

    private double Jitter(double amount) => _random.Around(amount * _vary);

    // Place varies by about 3 % of the body, size by 9 %, angle by 8 degrees.
    private Blob Soft(double u, double v, double w, double radiusU, double radiusV, double radiusW, double degrees, double irregularity) =>
        new(u + Jitter(0.028), v + Jitter(0.028), w + Jitter(0.028), radiusU * (1 + Jitter(0.09)), radiusV * (1 + Jitter(0.09)), radiusW * (1 + Jitter(0.09)),
            degrees + Jitter(8), irregularity, _vary > 0 ? _random : new PhantomRandom(1));

    private Blob[] Tube((double U, double V, double W) from, (double U, double V, double W) to, double radius, int beads)
    {
        var swell = radius * (1 + Jitter(0.1));
        var step = Math.Abs(to.W - from.W) / (beads - 1);
        var blobs = new Blob[beads];
        for (var bead = 0; bead < beads; bead++)
        {
            var t = bead / (double)(beads - 1);
            blobs[bead] = new Blob(from.U + (t * (to.U - from.U)), from.V + (t * (to.V - from.V)), from.W + (t * (to.W - from.W)),
                swell, swell * 1.25, Math.Max(1.1 * radius, 1.6 * step), 0, 0.06, _random);
        }
        return blobs;
    }

    private static Structure Plain(double hu, params Blob[] parts) => new() { Hu = hu, Parts = parts };

    private static Structure Organ(ushort label, double hu, params Blob[] parts) => new() { Label = label, Hu = hu, Parts = parts };
}
